document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.shiftKey) return;
  const rel = { k: "prev", j: "next", u: "index" }[e.key];
  const link = rel && document.querySelector("nav a[data-go=" + rel + "]");
  if (link) link.click();
});
