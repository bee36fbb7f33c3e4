// The index of a report: draws the heat map and the table of all cases from the
// data in the page. Rows are made as they come into view. All text becomes text
// nodes, whatever it says.
(() => {
  "use strict";
  performance.mark("wscheck-begun");
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const element = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
  const fill = (el, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) if (value !== "") el.setAttribute(name, value);
    el.append(...children.filter((c) => c !== ""));
    return el;
  };
  const plural = (n, noun) => n.toLocaleString("en") + " " + noun + (n === 1 ? "" : "s");

  // The data, taken apart: cells by agent and case.
  const marks = { ok: "✓", info: "i", note: "≈", skip: "–", fail: "✗" };
  const kinds = data.cells.map(([tone, text, closeTone, close, otherTone, other, bits, ...labels]) => ({
    tone, text, closeTone, close, otherTone, other, failed: !!(bits & 1), noted: !!(bits & 2), apart: !!(bits & 4),
    labels, key: [tone, text, closeTone, close, otherTone, other].join("\n"),
    words: [text, close, other, ...labels.map((l) => data.labels[l])].join("\n").toLowerCase(),
  }));
  const cases = []; // { n, id, text, slug, section, sub, cells: of each agent, undefined where it did not run }
  data.sections.forEach((section) => {
    section.cases = [];
    for (const sub of section.subs || []) for (const [id, text] of sub.cases) {
      const c = { n: cases.length, id, text, slug: id.toLowerCase().replace(/[^a-z0-9]/gu, "_"), section, sub: sub.name || "", cells: [] };
      section.cases.push(c);
      cases.push(c);
    }
  });
  data.agents.forEach((agent, a) => {
    let n = 0;
    for (const cell of agent.cells || []) {
      if (cell < 0) n -= cell;
      else cases[n++].cells[a] = kinds[cell];
    }
  });
  for (const c of cases) {
    c.ran = c.cells.filter((k) => k);
    c.failed = c.ran.some((k) => k.failed);
    c.unclean = c.ran.some((k) => k.noted);
    c.differ = c.ran.some((k) => k.key !== c.ran[0].key);
  }
  const page = (c, a) => {
    const agent = data.agents[a];
    return ((agent.files && agent.files[c.n]) || agent.clean + "_case_" + c.slug) + ".html";
  };

  // The heat map: a row for each section, a drawing for each agent, a tile for
  // each case, which is marked besides its color.
  const size = data.agents.length === 1 ? 13 : data.agents.length <= 3 ? 11 : 9, pitch = size + 2;
  const maps = [];
  const ends = size - Math.round(size / 4), begin = Math.round(size / 4), half = size / 2;
  const glyphs = { // in a tile
    fail: `m${begin} ${begin}l${ends - begin} ${ends - begin}m0 ${begin - ends}l${begin - ends} ${ends - begin}`,
    note: `m${begin} ${half - 1.5}h${ends - begin}m0 3h${begin - ends}`,
    skip: `m${begin} ${half}h${ends - begin}`,
    info: `m${half} ${begin}v1m0 2v${ends - begin - 3}`,
  };
  const drawTiles = (map) => {
    const columns = Math.max(1, Math.floor((map.link.clientWidth + pitch - size) / pitch));
    if (columns === map.columns) return;
    map.columns = columns;
    const paths = {};
    map.section.cases.forEach((c, i) => {
      const tone = c.cells[map.a] ? c.cells[map.a].tone : "out";
      const at = `M${(i % columns) * pitch} ${Math.floor(i / columns) * pitch}`;
      const p = paths[tone] ||= { tiles: "", glyphs: "" };
      p.tiles += `${at}h${size}v${size}h${-size}z`;
      if (glyphs[tone]) p.glyphs += at + glyphs[tone];
    });
    const width = Math.min(columns, map.section.cases.length) * pitch, height = Math.ceil(map.section.cases.length / columns) * pitch;
    fill(map.svg, { width, height, viewBox: `0 0 ${width} ${height}` }, []);
    map.svg.replaceChildren(...Object.entries(paths).flatMap(([tone, p]) => [svg("path", { class: "tile " + tone, d: p.tiles }), p.glyphs ? svg("path", { class: "glyph " + tone, d: p.glyphs }) : ""]).filter((p) => p));
  };
  const caseAt = (map, e) => {
    const box = map.svg.getBoundingClientRect(), x = e.clientX - box.left, y = e.clientY - box.top;
    if (x < 0 || y < 0 || x >= map.columns * pitch) return undefined;
    return map.section.cases[Math.floor(y / pitch) * map.columns + Math.floor(x / pitch)];
  };
  const counts = (section, a) => {
    let pass = 0, failed = 0, noted = 0, out = 0;
    for (const { cells: { [a]: k } } of section.cases) {
      if (!k) out++;
      else if (k.failed) failed++;
      else if (k.tone === "ok" || k.tone === "info") pass++;
      else noted++;
    }
    return [[pass, "pass"], [failed, "failed"], [noted, "noted"], [out, "not run"]].filter(([n]) => n).map(([n, what]) => n + " " + what).join(", ");
  };
  const tip = $("tip");
  const hover = (map, e) => {
    const c = caseAt(map, e), k = c && c.cells[map.a];
    tip.hidden = !c;
    if (!c) return;
    tip.replaceChildren(element("b", {}, c.id), " ", k ? marks[k.tone] + " " + k.text : "not run", element("br"), c.text.slice(0, 140));
    tip.style.left = Math.max(4, Math.min(e.clientX + 12, innerWidth - tip.offsetWidth - 8)) + "px";
    tip.style.top = (e.clientY + 18 + tip.offsetHeight > innerHeight ? e.clientY - tip.offsetHeight - 10 : e.clientY + 18) + "px";
  };
  const drawMap = () => {
    const body = element("tbody");
    for (const section of data.sections) {
      const row = element("tr", {}, element("th", { scope: "row" }, element("a", { href: "#" + new URLSearchParams({ s: section.id }) }, section.name),
        element("span", { class: "dim" }, section.notRun ? " " + section.notRun : section.cases.length ? " " + section.cases.length : "")));
      data.agents.forEach((agent, a) => {
        const drawing = svg("svg", { "aria-hidden": "true" });
        const link = element("a", { class: "tiles", href: "#" + new URLSearchParams({ s: section.id }),
          "aria-label": section.name + ", " + agent.name + ": " + (counts(section, a) || "not run") }, drawing);
        const map = { section, a, link, svg: drawing, columns: 0 };
        link.addEventListener("pointermove", (e) => hover(map, e));
        link.addEventListener("pointerleave", () => { tip.hidden = true; });
        link.addEventListener("click", (e) => {
          const c = e.detail && caseAt(map, e); // not by a key
          if (!c || !c.cells[a]) return;
          e.preventDefault();
          if (e.ctrlKey || e.metaKey) open(page(c, a), "_blank", "noopener");
          else location.href = page(c, a);
        });
        maps.push(map);
        row.append(element("td", {}, link));
      });
      body.append(row);
    }
    const names = data.agents.length > 1 ? element("thead", {}, element("tr", {}, element("td"), ...data.agents.map((a) => element("th", { scope: "col" }, a.name)))) : "";
    const key = element("p", { class: "tones" }, ...[["ok", "pass"], ["note", "noted"], ["skip", "not supported"], ["fail", "failed"], ["out", "not run"]].flatMap(([tone, what]) => [
      svg("svg", { width: size, height: size, "aria-hidden": "true" }, svg("path", { class: "tile " + tone, d: `M0 0h${size}v${size}h${-size}z` }),
        glyphs[tone] ? svg("path", { class: "glyph " + tone, d: "M0 0" + glyphs[tone] }) : ""), element("span", {}, what)]));
    $("map").append(element("h2", {}, "All cases at a glance"), key,
      element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Heat map" }, element("table", { class: "heat" }, names, body)));
    $("map").hidden = false;
    $("map").querySelector("table").style.setProperty("--n", data.agents.length);
  };

  // The filter, which is in the address too.
  const search = $("search"), inputs = { s: $("section"), c: $("clause") };
  if (data.agents.length < 2) document.querySelector("input[value=differ]").closest("label").remove();
  const shows = [...document.querySelectorAll("input[name=show]")];
  const filter = { q: "", show: "", s: "", c: "" };
  let marked = ""; // the slug of a case that the address names
  const readAddress = () => {
    const hash = location.hash.slice(1);
    marked = hash && !hash.includes("=") ? hash : "";
    const params = new URLSearchParams(marked ? "" : hash);
    for (const name of Object.keys(filter)) filter[name] = params.get(name) || "";
    if (!shows.some((el) => el.value === filter.show)) filter.show = "";
    search.value = filter.q;
    for (const el of shows) el.checked = el.value === filter.show;
    for (const [name, el] of Object.entries(inputs)) {
      if (![...el.options].some((o) => o.value === filter[name])) el.append(element("option", { value: filter[name] }, filter[name]));
      el.value = filter[name];
    }
  };
  const readForm = () => {
    filter.q = search.value.trim();
    filter.show = shows.find((el) => el.checked).value;
    for (const [name, el] of Object.entries(inputs)) filter[name] = el.value;
    const params = new URLSearchParams(Object.entries(filter).filter(([, value]) => value));
    history.replaceState(null, "", params.size ? "#" + params : location.pathname + location.search);
    marked = "";
  };
  const hits = () => {
    const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
    const label = filter.c && data.labels.indexOf(filter.c);
    return cases.filter((c) => {
      if (filter.s && c.section.id !== filter.s || filter.show && !c[filter.show]) return false;
      if (filter.c && !c.ran.some((k) => k.labels.includes(label))) return false;
      if (!words.length) return true;
      c.words ||= (c.id + "\n" + c.text + "\n" + c.section.name + "\n" + c.sub).toLowerCase();
      return words.every((w) => c.words.includes(w) || c.ran.some((k) => k.words.includes(w)));
    });
  };

  // The table: rows of known heights, of which those in view are there.
  const frame = $("frame"), body = element("tbody"), above = element("tr", { "aria-hidden": "true" }), below = element("tr", { "aria-hidden": "true" });
  const narrow = matchMedia("(max-width: 760px)");
  let rows = [], tops = [0]; // rows: a case, or the name of a section
  const table = element("table", { role: "table", "aria-label": "All cases" },
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, element("th", { role: "columnheader", scope: "col" }, "Case"),
      ...data.agents.map((a) => element("th", { role: "columnheader", scope: "col", title: a.name }, a.name)))), body);
  fill(body, { role: "rowgroup" }, [above, below]);
  table.style.setProperty("--n", data.agents.length);
  frame.append(table);
  if (data.agents.length > 1) frame.classList.add("many");
  if (data.agents.length > 12) frame.classList.add("wide");

  const span = (name, text) => element("span", { class: name }, text);
  const cellOf = (c, a) => {
    const k = c.cells[a], cell = element("td", { role: "cell" });
    if (!k) {
      cell.append(span("c v skip", "– not run"));
      return cell;
    }
    const link = element("a", { class: k.tone === "ok" || k.tone === "info" ? "c" : "c loud " + k.tone, href: page(c, a) },
      element("span", { class: "v " + k.tone }, element("i", {}, marks[k.tone]), element("span", {}, k.text)));
    if (k.close) link.append(span("x " + k.closeTone, k.close));
    const time = data.agents[a].times && data.agents[a].times[c.n];
    if (time) link.append(span("t", time));
    if (k.other) link.append(element("span", { class: "r " + k.otherTone + (k.apart ? " apart" : "") }, element("i", {}, data.other + " " + marks[k.otherTone]), ...(k.apart ? [" ", element("span", {}, k.other)] : [])));
    cell.append(link);
    return cell;
  };
  const rowOf = (i) => {
    const c = rows[i];
    let row;
    if (typeof c === "string") {
      row = element("tr", { role: "row", class: "cat" }, element("th", { role: "rowheader", scope: "rowgroup", colspan: data.agents.length + 1 }, c));
    } else {
      row = element("tr", { role: "row", class: "row" + (c.slug === marked ? " marked" : "") }, element("th", { role: "rowheader", scope: "row", title: c.id + "\n" + c.text },
        element("b", {}, c.id), element("span", {}, c.text)), ...data.agents.map((_, a) => cellOf(c, a)));
    }
    row.setAttribute("aria-rowindex", i + 2);
    row.at = i;
    return row;
  };
  // A row's place is the first whose bottom is below y.
  const rowAt = (y) => {
    let low = 0, high = rows.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (tops[mid + 1] <= y) low = mid + 1;
      else high = mid;
    }
    return low;
  };
  let from = 0, to = 0;
  const draw = () => {
    const box = frame.getBoundingClientRect(), start = body.getBoundingClientRect().top;
    const top = Math.max(0, box.top) - start, bottom = Math.min(innerHeight, box.bottom) - start, spare = 300;
    from = rowAt(top - spare);
    to = Math.min(rows.length, rowAt(bottom + spare) + 1);
    if (bottom < -spare || top > tops[rows.length] + spare) to = from;
    for (const row of [...body.children]) if (row !== above && row !== below && (row.at < from || row.at >= to)) row.remove();
    let next = above.nextSibling;
    for (let i = from; i < to; i++) {
      if (next.at === i) next = next.nextSibling;
      else body.insertBefore(rowOf(i), next);
    }
    above.style.height = tops[from] + "px";
    below.style.height = tops[rows.length] - tops[to] + "px";
  };
  let waiting = false;
  const drawSoon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  };

  const apply = () => {
    const found = hits();
    rows = [];
    let heading = "";
    for (const c of found) {
      const name = c.section.name + (c.sub ? " · " + c.sub : "");
      if (name !== heading) rows.push(name);
      heading = name;
      rows.push(c);
    }
    layout();
    const filtered = Object.values(filter).some(Boolean);
    $("shown").textContent = plural(found.length, "case") + (filtered ? " of " + cases.length.toLocaleString("en") : "");
    $("clear").hidden = !filtered;
    $("none").hidden = found.length > 0;
    $("none").textContent = cases.length === 0 ? "No case was run."
      : filter.show === "failed" && !filter.q && !filter.c && !filter.s ? "No case fails."
      : "No case matches. “Show all” takes the filter away.";
    frame.hidden = found.length === 0;
  };
  const layout = () => {
    const [heading, row] = narrow.matches ? [36, 58] : [34, 30];
    tops = [0];
    for (const r of rows) tops.push(tops.at(-1) + (typeof r === "string" ? heading : row));
    for (const row of [...body.children]) if (row !== above && row !== below) row.remove();
    table.setAttribute("aria-rowcount", rows.length + 1);
    draw();
  };
  const reveal = (i, block) => {
    const box = body.getBoundingClientRect(), y = box.top + tops[i], room = 90;
    const inner = frame.scrollHeight > frame.clientHeight + 1 && getComputedStyle(frame).overflowY !== "visible" && frame.classList.contains("wide");
    const scroller = inner ? frame : document.scrollingElement, low = inner ? frame.getBoundingClientRect().top : 0, height = inner ? frame.clientHeight : innerHeight;
    if (block === "center") scroller.scrollTop += y - low - height / 2;
    else if (y < low + room) scroller.scrollTop += y - low - room;
    else if (y + 60 > low + height) scroller.scrollTop += y + 60 - low - height;
    draw();
  };

  // j and k go down and up the column, h and l along the row, n and p to the next
  // and the previous case that fails.
  let here = { i: -1, a: 0 };
  const focus = (i, a) => {
    here = { i, a };
    reveal(i);
    const row = [...body.children].find((r) => r.at === i);
    const link = row && row.cells[a + 1].querySelector("a");
    if (link) link.focus({ preventScroll: true });
  };
  const current = () => {
    const cell = document.activeElement.closest("#frame td"), row = cell && cell.parentElement;
    if (row && row.at !== undefined) here = { i: row.at, a: cell.cellIndex - 1 };
    if (here.i >= rows.length) here.i = -1;
    return here;
  };
  const move = (down, right, wanted) => {
    const { i, a } = current();
    if (right) {
      const k = a + right;
      if (i >= 0 && rows[i].cells && rows[i].cells[k]) focus(i, k);
      return;
    }
    for (let n = i < 0 ? (down > 0 ? 0 : rows.length - 1) : i + down; n >= 0 && n < rows.length; n += down) {
      if (typeof rows[n] === "string") continue;
      const at = rows[n].cells[a] && wanted(rows[n].cells[a]) ? a : wanted === ran ? -1 : rows[n].cells.findIndex((k) => k && wanted(k));
      if (at >= 0) return focus(n, at);
    }
  };
  const ran = () => true, failed = (k) => k.failed;
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.target === search) {
      if (e.key !== "Escape") return;
      search.value = "";
      search.blur();
      changed();
      return;
    }
    if (e.target.tagName === "SELECT") return;
    const step = { j: [1, 0, ran], k: [-1, 0, ran], h: [0, -1], l: [0, 1], n: [1, 0, failed], p: [-1, 0, failed] }[e.key];
    if (step) move(...step);
    else if (e.key === "/") search.focus();
    else return;
    e.preventDefault();
  });

  const changed = () => { readForm(); apply(); };
  const moved = () => {
    readAddress();
    apply();
    const i = marked ? rows.findIndex((r) => r.slug === marked) : -1;
    if (i >= 0) reveal(i, "center");
    else if (Object.values(filter).some(Boolean)) $("all").scrollIntoView();
  };
  search.addEventListener("input", changed);
  $("all").querySelector("form").addEventListener("change", changed);
  $("all").querySelector("form").addEventListener("submit", (e) => e.preventDefault());
  $("clear").addEventListener("click", () => {
    search.value = "";
    for (const el of Object.values(inputs)) el.value = "";
    for (const el of shows) el.checked = !el.value;
    changed();
    search.focus();
  });
  addEventListener("hashchange", moved);
  addEventListener("resize", () => { for (const map of maps) drawTiles(map); drawSoon(); });
  document.addEventListener("scroll", drawSoon, { capture: true, passive: true });
  narrow.addEventListener("change", layout);
  for (const details of document.querySelectorAll("details")) details.addEventListener("toggle", drawSoon);

  for (const s of data.sections) if (s.cases.length) inputs.s.append(element("option", { value: s.id }, s.name));
  for (const l of [...data.labels || []].sort()) inputs.c.append(element("option", { value: l }, l.length > 90 ? l.slice(0, 89) + "…" : l));
  $("all").hidden = false;
  drawMap();
  for (const map of maps) drawTiles(map);
  moved();
  performance.mark("wscheck-ready");
})();
