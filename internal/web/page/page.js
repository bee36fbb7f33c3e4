// The page: its form, the grid of cases, and the run.
import { Fuzzer, ownName } from "./client.js";

const $ = (id) => document.getElementById(id);
const params = new URLSearchParams(location.search);
const inputs = ["agent", "cases", "exclude", "jobs", "server"].map($);

// tones is how a behavior looks; all others are failures.
const tones = { OK: "ok", "NON-STRICT": "note", INFORMATIONAL: "info", UNIMPLEMENTED: "skip" };
const marks = { ok: "", note: "≈", info: "i", skip: "–", fail: "×" };

let suite;      // what this page's own server plays
let cells = []; // of the cases that are shown: { c, el, group }
let stopping;   // AbortController of the run

function element(tag, className, text) {
  const el = document.createElement(tag);
  if (className) el.className = className;
  if (text !== undefined) el.textContent = text;
  return el;
}

// matcher makes a list of patterns a predicate on ids: "." stands for itself
// and "*" for anything; a pattern without a slash speaks of Autobahn's ids.
function matcher(patterns) {
  const tests = patterns.split(/[\s,]+/).filter(Boolean).map((p) => {
    const expr = new RegExp("^" + p.replace(/^autobahn\//, "").replace(/[\\^$.+?()[\]{}|]/g, "\\$&").replace(/\*/g, ".*") + (p.includes("*") ? "" : "$"));
    return (id) => (p === "*" || p.includes("/") || !id.includes("/")) && expr.test(id);
  });
  return (id) => tests.some((t) => t(id));
}

// reportPage is where the report has a case, if that is known.
function reportPage(agent, id) {
  const clean = agent.toLowerCase().replace(/[^a-z0-9]/gu, " ").trim().replaceAll(" ", "_");
  if (!suite.reports || clean.length > 96) return "";
  return "reports/" + clean + "_case_" + id.toLowerCase().replace(/[^a-z0-9]/g, "_") + ".html";
}

// show draws the groups with a cell for each case.
function show(groups) {
  const root = $("suite");
  root.replaceChildren();
  cells = [];
  for (const g of groups) {
    const box = element("section", "group");
    const title = element("h2", "", g.name);
    const count = title.appendChild(element("span", "", String(g.cases.length)));
    const list = element("div", "cells");
    const group = { box, count, total: 0, done: 0 };
    for (const c of g.cases) {
      const el = list.appendChild(element("a", "cell"));
      el.title = c.id + "  " + c.title;
      cells.push({ c, el, group });
    }
    box.append(title, list);
    root.append(box);
  }
}

// listing asks a server that is not this page's own for what it plays.
async function listing(fuzzer, count, signal) {
  const groups = new Map();
  const all = [];
  let next = 1;
  const worker = async () => {
    while (next <= count) {
      const n = next++;
      const info = await fuzzer.info(n, signal);
      all[n] = { n, id: info.id, title: info.description.split("\n")[0], alone: info.id.startsWith("9.") };
      show(`Reading the list of cases: ${n} of ${count}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  for (const c of all.slice(1)) {
    const id = c.id.split(".")[0];
    if (!groups.has(id)) groups.set(id, { name: "Section " + id, cases: [] });
    groups.get(id).cases.push(c);
  }
  return [...groups.values()];
}

function show(text, tone) {
  $("state").hidden = false;
  $("status").textContent = text;
  $("status").className = tone ? "banner " + tone : "";
}

// Tally is the state of a run that is shown.
class Tally {
  constructor(total) {
    this.total = total;
    this.done = 0;
    this.counts = new Map();
    this.started = performance.now();
    for (const list of [$("failures"), $("notes")]) {
      list.hidden = true;
      list.querySelector("tbody").replaceChildren();
    }
    this.draw();
  }

  // take undoes what add did for a case that is played again.
  take(cell) {
    const { behavior, row } = cell.shown;
    row?.remove();
    for (const list of [$("failures"), $("notes")]) list.hidden = !list.querySelector("tbody").rows.length;
    this.counts.get(behavior).n--;
    if (!this.counts.get(behavior).n) this.counts.delete(behavior);
    cell.group.done--;
    this.done--;
  }

  add(cell, verdict, agent) {
    const behavior = verdict?.behavior ?? "no verdict";
    const tone = tones[behavior] ?? "fail";
    const { c, el, group } = cell;
    el.className = "cell " + tone;
    el.textContent = marks[tone];
    el.title = c.id + "  " + behavior + "\n" + c.title;
    const page = reportPage(agent, c.id);
    if (page) el.href = page;
    group.done++;
    group.count.textContent = group.done + " / " + group.total;
    cell.shown = { behavior, row: tone !== "ok" && tone !== "info" ? this.note(c, behavior, tone, page) : null };
    cell.again = verdict?.again;
    this.done++;
    const seen = this.counts.get(behavior) ?? { tone, n: 0 };
    seen.n++;
    this.counts.set(behavior, seen);
    this.draw();
  }

  // note adds a row to the table, in the order of the cases.
  note(c, behavior, tone, page) {
    const row = element("tr", tone);
    row.dataset.n = c.n;
    const id = element("td");
    const link = element(page ? "a" : "span", "", c.id);
    if (page) link.href = page;
    id.append(link);
    row.append(id, element("td", "", behavior), element("td", "", c.title));
    const list = tone === "fail" ? $("failures") : $("notes");
    const rows = list.querySelector("tbody");
    rows.insertBefore(row, [...rows.children].find((r) => Number(r.dataset.n) > c.n) ?? null);
    list.hidden = false;
    return row;
  }

  seconds() { return ((performance.now() - this.started) / 1000).toFixed(1) + " s"; }

  draw() {
    $("progress").max = Math.max(1, this.total);
    $("progress").value = this.done;
    show(`${this.done} of ${this.total} ${this.total === 1 ? "case" : "cases"}, ${this.seconds()}`);
    $("counts").replaceChildren(...[...this.counts].map(([behavior, { tone, n }]) => {
      const box = element("div", tone);
      box.append(element("dt", "", behavior), element("dd", "", String(n)));
      return box;
    }));
  }
}

// again plays the cases in which something was not seen in time once more, each
// alone: a browser that is busy may be late.
async function again(list, fuzzer, tally, signal) {
  for (let tries = 0; tries < 3; tries++) {
    const doubtful = list.filter((cell) => cell.again);
    for (const cell of doubtful) tally.take(cell);
    await play(doubtful, 1, fuzzer, tally, signal);
  }
}

// play runs cells side by side.
async function play(list, jobs, fuzzer, tally, signal) {
  let next = 0;
  const worker = async () => {
    while (next < list.length) {
      const cell = list[next++];
      cell.el.className = "cell run";
      try {
        await fuzzer.run(cell.c.n, signal);
        signal.throwIfAborted();
        tally.add(cell, await fuzzer.verdict(cell.c.n, signal), fuzzer.agent);
      } finally {
        if (cell.el.className === "cell run") cell.el.className = "cell";
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, list.length) }, worker));
}

async function run(signal) {
  const fuzzer = new Fuzzer($("server").value.trim(), $("agent").value.trim());
  show("Connecting to " + fuzzer.server);
  const count = await fuzzer.count(signal);
  const own = fuzzer.server === ownServer() && count === suite.groups.reduce((n, g) => n + g.cases.length, 0);
  show(own ? suite.groups : await listing(fuzzer, count, signal));

  const wanted = $("cases").value.trim() ? matcher($("cases").value) : () => true;
  const unwanted = matcher($("exclude").value);
  const selected = cells.filter((cell) => {
    const take = wanted(cell.c.id) && !unwanted(cell.c.id);
    cell.el.classList.toggle("out", !take);
    if (take) cell.group.total++;
    return take;
  });
  for (const { group } of cells) {
    group.count.textContent = "0 / " + group.total;
    group.box.hidden = group.total === 0;
  }
  if (!selected.length) throw new Error("no case is selected");

  const tally = new Tally(selected.length);
  const clock = setInterval(() => tally.draw(), 500);
  try {
    await play(selected.filter((cell) => !cell.c.alone), $("jobs").valueAsNumber, fuzzer, tally, signal);
    await play(selected.filter((cell) => cell.c.alone), 1, fuzzer, tally, signal);
    await again(selected, fuzzer, tally, signal);
  } finally {
    clearInterval(clock);
    show("Writing the report");
    await fuzzer.finish(new AbortController().signal);
  }
  show(`Done: ${tally.done} of ${tally.total} ${tally.total === 1 ? "case" : "cases"}, ${tally.seconds()}`);
}

async function start() {
  stopping = new AbortController();
  busy(true);
  document.body.dataset.state = "running";
  try {
    await run(stopping.signal);
    document.body.dataset.state = "done";
  } catch (err) {
    document.body.dataset.state = "failed";
    show(stopping.signal.aborted ? "Stopped. The report holds what was run by then." : "It does not work: " + err.message, stopping.signal.aborted ? "note" : "fail");
  }
  busy(false);
}

function busy(on) {
  for (const input of inputs) input.disabled = on;
  $("start").disabled = on;
  $("stop").hidden = !on;
}

// ownServer is the URL of the server that this page is for.
function ownServer() {
  const host = suite.host ? (suite.host.includes(":") ? "[" + suite.host + "]" : suite.host) : location.hostname;
  return (suite.secure ? "wss://" : "ws://") + host + ":" + suite.port;
}

$("form").addEventListener("submit", (e) => {
  e.preventDefault();
  start();
});
$("stop").addEventListener("click", () => stopping.abort());

$("ua").textContent = navigator.userAgent;
try {
  suite = await (await fetch("suite.json")).json();
  $("agent").value = ownName(navigator.userAgent);
  $("server").value = ownServer();
  for (const input of inputs) if (params.has(input.id)) input.value = params.get(input.id);
  $("report").hidden = !suite.reports;
  show(suite.groups);
  busy(false);
  if (params.get("autostart") === "1") $("form").requestSubmit();
} catch (err) {
  show("It does not work: " + err.message, "fail");
}
