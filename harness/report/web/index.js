(() => {
  "use strict";
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const bodies = [...document.querySelectorAll("tbody")].map((body) => ({
    body,
    rows: [...body.querySelectorAll(".row")].map((row) => ({ row, text: row.textContent.toLowerCase() })),
  }));
  document.getElementById("searching").hidden = false;

  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    document.body.classList.toggle("searching", words.length > 0);
    let count = 0;
    for (const { body, rows } of bodies) {
      let hits = 0;
      for (const { row, text } of rows) {
        const hit = words.every((w) => text.includes(w));
        row.classList.toggle("miss", !hit);
        if (hit) hits++;
      }
      body.classList.toggle("miss", hits === 0 && (rows.length > 0 || words.length > 0)); // a group that nobody ran has no rows
      for (const { row } of rows) if (row.offsetParent) count++;
    }
    shown.textContent = count === 1 ? "1 case" : count + " cases";
  };
  search.addEventListener("input", apply);
  document.querySelector(".tools").addEventListener("change", apply);
  document.querySelector(".tools").addEventListener("submit", (e) => e.preventDefault());
  apply();

  // A cell can stand for several columns, where cases did not run.
  const columnOf = (cell) => {
    let x = 0;
    for (let c = cell.previousElementSibling; c; c = c.previousElementSibling) x += c.colSpan;
    return x;
  };
  const cellAt = (row, x) => [...row.cells].find((c) => columnOf(c) === x);

  // j and k go down and up the column, h and l along the row.
  const move = (down, right) => {
    const here = document.activeElement.closest("td");
    const rows = bodies.flatMap((b) => b.rows).map((r) => r.row).filter((r) => r.offsetParent);
    if (!rows.length) return;
    let y = here ? rows.indexOf(here.parentElement) + down : 0;
    const x = here ? columnOf(here) + right : 1;
    for (; y >= 0 && y < rows.length; y += down) {
      const cell = cellAt(rows[y], x);
      const link = cell && cell.querySelector("a");
      if (link) {
        link.focus();
        link.scrollIntoView({ block: "nearest" });
        return;
      }
      if (!down) return;
    }
  };
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.target === search) {
      if (e.key === "Escape") {
        search.value = "";
        search.blur();
        apply();
      }
      return;
    }
    const step = { j: [1, 0], k: [-1, 0], h: [0, -1], l: [0, 1] }[e.key];
    if (step) move(...step);
    else if (e.key === "/") search.focus();
    else return;
    e.preventDefault();
  });
})();
