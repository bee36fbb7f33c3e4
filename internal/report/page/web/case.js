// The page of a case: draws the conversation from the data in the page, and leads
// to the cases beside it. All text becomes text nodes, whatever it says.
(async () => {
  "use strict";
  const element = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
  const fill = (el, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) if (value !== "") el.setAttribute(name, value);
    el.append(...children.filter((c) => c !== ""));
    return el;
  };
  const section = (title, ...children) => element("section", {}, element("h2", {}, title), ...children);
  const folded = (title, ...children) => element("section", {}, element("details", {}, element("summary", {}, title), ...children));
  // What is wider than the page scrolls, by keys too.
  const scroll = (label, child) => element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, child);

  const meanings = {
    isServer: "We played the server and the peer the client.",
    closedByMe: "Our close frame was the first one.",
    failedByMe: "We failed the connection, with a close frame or by dropping TCP: the peer broke the protocol, or time was up.",
    droppedByMe: "We were the one to drop TCP.",
    wasClean: "A close frame went each way, and the server dropped TCP, as is its part.",
    wasNotCleanReason: "What kept the closing from being clean.",
    wasServerConnectionDropTimeout: "As the client we waited for the server to drop TCP, and in time it did not.",
    wasOpenHandshakeTimeout: "The peer did not complete the opening handshake in time.",
    wasCloseHandshakeTimeout: "We started the closing handshake, and the peer did not answer in time.",
    localCloseCode: "The code of the close frame that we sent.",
    localCloseReason: "The reason in it.",
    remoteCloseCode: "The code of the close frame that the peer sent.",
    remoteCloseReason: "The reason in it.",
  };

  const list = (lines = []) => element("ul", { class: "seen" },
    ...(lines.length ? lines.map((line) => element("li", {}, line)) : [element("li", { class: "dim" }, "nothing")]));

  const outcome = (o) => section("Outcome", element("p", {}, o.result), element("div", { class: "two" },
    element("div", {}, ...(o.expected ? o.expected.flatMap((e) => [element("h3", {}, "Expected for " + e.name), list(e.seen)])
      : [element("h3", {}, "Expected"), element("p", {}, o.check)])),
    element("div", {}, element("h3", {}, "Observed"), list(o.observed))));

  // The sequence diagram: two lifelines, ours on the left.
  const width = 860, left = 184, right = 760, middle = (left + right) / 2, clock = left - 76, arrowPitch = 36, otherPitch = 28;
  const line = (name, x1, y1, x2, y2) => svg("line", { class: name, x1, y1, x2, y2 });
  const label = (name, x, y, text) => svg("text", { class: name, x, y }, text);
  const head = (item, y) => {
    const x = item.sent ? right - 1 : left + 1, back = item.sent ? -1 : 1;
    return item.broken ? svg("path", { class: "cross", d: `M${x + back * 10 - 5} ${y - 5}l10 10m0-10l-10 10` })
      : svg("path", { d: `M${x} ${y}l${back * 10}-5v10z` });
  };
  const drawItem = (item, y, pitch) => {
    const parts = item.hit ? [svg("rect", { class: "hit h-" + item.hit, x: 0, y: y - pitch + 10, width, height: pitch })] : [];
    if (item.kind === "arrow") {
      parts.push(svg("g", { class: "arrow " + item.class }, label("at", clock, y + 4, item.at), label("lab mid", middle, y - 6, item.label),
        line("shaft", left + 3, y, right - 3, y), head(item, y)));
    } else if (item.kind === "note") {
      const w = 7 * [...item.label].length + 28;
      parts.push(label("at", clock, y + 1, item.at),
        svg("rect", { class: "pill " + (item.tone || ""), x: middle - w / 2, y: y - 13, width: w, height: 20, rx: 10 }),
        label("soft", middle, y + 1, item.label));
    } else { // a pause, or items that are left out
      for (const x of [left, right]) parts.push(line("wait", x, y - pitch + 10, x, y + 10));
      parts.push(label("soft", middle, y + 1, item.label));
    }
    return parts;
  };
  const diagram = (d) => {
    let y = 30;
    const drawn = (d.items || []).flatMap((item) => {
      const pitch = item.kind === "arrow" ? arrowPitch : otherPitch;
      y += pitch;
      return drawItem(item, y, pitch);
    });
    const bottom = y + otherPitch / 2;
    const ends = [[left, d.us], [right, d.peer]].flatMap(([x, name]) => [label("name", x, 18, name), line("life", x, 28, x, bottom)]);
    return svg("svg", { class: "seq", viewBox: `0 0 ${width} ${bottom + 12}`, role: "img", "aria-labelledby": "seq-t seq-d" },
      svg("title", { id: "seq-t" }, "Sequence diagram of the conversation"), svg("desc", { id: "seq-d" }, d.summary), ...ends, ...drawn);
  };

  const handshake = (sides) => section("Opening handshake", element("div", { class: "two" }, ...sides.map((side) => element("div", {},
    element("h3", {}, side.title), side.text ? element("pre", { class: "wrap" }, side.text) : element("p", { class: "dim" }, "nothing")))));

  const cells = (tag, values) => values.map((v) => element(tag, { class: "num" }, v));
  const table = (head, rows, attributes = {}) => element("table", attributes, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows));

  const closing = (c) => folded("Closing behavior: " + c.behavior, element("p", {}, c.result, " ", element("b", { class: c.tone }, "(" + c.behavior + ")")),
    scroll("Closing behavior", table(["Key", "Value", "Meaning"].map((h) => element("th", {}, h)), c.rows.map(([key, value]) => element("tr", {},
      element("td", {}, element("code", {}, key)), element("td", {}, value), element("td", {}, meanings[key]))), { class: "closing" })));

  const statistics = (tables) => folded("Wire statistics", element("div", { class: "stats" }, ...tables.map((t) => element("div", {}, element("h3", {}, t.title),
    table(cells("th", t.columns), t.rows.map((row) => element("tr", { class: row.total ? "total" : "" }, ...cells("td", row.cells))))))));

  // Octets are in the data as code points of the same numbers.
  const inline = 20;
  const hex = (octets) => [...octets].map((c) => c.charCodeAt(0).toString(16).padStart(2, "0"));
  const dump = (octets, size) => {
    const rows = [];
    for (let at = 0; at < octets.length; at += 16) {
      const part = octets.slice(at, at + 16), digits = hex(part);
      rows.push(at.toString(16).padStart(8, "0") + "  " + (digits.slice(0, 8).join(" ").padEnd(25) + digits.slice(8).join(" ")).padEnd(50) +
        "|" + part.replace(/[^ -~]/g, ".") + "|");
    }
    const more = size - octets.length;
    if (more > 0) rows.push("… " + more.toLocaleString("en") + (more === 1 ? " octet more" : " octets more"));
    return rows.join("\n");
  };
  const details = (summary, text, name) => element("details", {}, element("summary", {}, summary), element("pre", { class: name }, text));

  const logRow = (l) => {
    if (l.kind === "gap") return element("tr", { class: "gap" }, element("td"), element("td", { colspan: 2 }, "⋮ " + l.text));
    const row = element("tr", { class: l.kind + (l.tone ? " " + l.tone : "") + (l.hit ? " hit h-" + l.hit : ""), id: "e" + l.event }, element("td", { class: "at" }, l.at));
    if (l.kind === "event") {
      row.append(element("td", { colspan: 2 }, l.text, l.output ? details("output", l.output, "wrap") : ""));
      return row;
    }
    const octets = l.octets || "", shown = hex(octets.slice(0, inline)).join(" ") + (l.size > inline ? " …" : "");
    row.append(element("td", { class: "dir" }, (l.kind === "tx" ? "→ sent " : "← received ") + l.text + (l.sync ? ", apart" : "")),
      element("td", {}, ...(l.frames || []).map((f) => element("span", { class: "fr" }, f)),
        octets.length > inline ? details(shown, dump(octets, l.size), "") : element("span", { class: "hex" }, shown)));
    return row;
  };
  const log = (d) => {
    const rows = d.log?.length ? d.log.map(logRow) : [element("tr", { class: "gap" }, element("td"), element("td", { colspan: 2 }, "no connection was made"))];
    if (d.dropped) rows.push(element("tr", { class: "event" }, element("td"), element("td", { colspan: 2 }, d.dropped)));
    return section("Wire log", d.timers ? element("p", { class: "dim" }, "Timers set: " + d.timers + ".") : "", d.logNote ? element("p", { class: "dim" }, d.logNote) : "",
      scroll("Wire log", table([element("th", { class: "at" }, "ms"), element("th", {}, "what"), element("th", {}, "octets and frames")], rows, { class: "log" })));
  };

  // The cases that fail of this agent: their places among all cases, and files.
  const failedLinks = (d) => {
    const [, all = []] = (globalThis.wscheckFailed || []).find(([agent]) => agent === d.agent) || [];
    const before = all.findLast(([place]) => place < d.place), after = all.find(([place]) => place > d.place);
    const link = (to, go, text) => to ? element("a", { href: to[1] + ".html", "data-go": go }, text) : element("span");
    const count = all.length === 1 ? "1 case fails" : all.length + " cases fail";
    if (all.length) document.querySelector("nav").after(element("nav", { class: "failed", "aria-label": "Cases that fail" },
      link(before, "prev-failed", "← previous failed"), element("span", {}, count), link(after, "next-failed", "next failed →")));
  };

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.shiftKey) return;
    const go = { k: "prev", j: "next", u: "index", p: "prev-failed", n: "next-failed" }[e.key];
    const link = go && document.querySelector("nav a[data-go=" + go + "]");
    if (link) link.click();
  });

  // The data is compressed as if it followed the dictionary, which therefore comes
  // before it as a block that is not compressed.
  const known = new TextEncoder().encode(wscheckDictionary), n = known.length;
  const stored = Uint8Array.of(0, n & 255, n >> 8, ~n & 255, (~n >> 8) & 255);
  const packed = Uint8Array.from(atob(document.getElementById("data").textContent), (c) => c.charCodeAt(0));
  const text = await new Response(new Blob([stored, known, packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
  const data = JSON.parse(text.slice(wscheckDictionary.length));
  failedLinks(data);
  document.getElementById("drawn").append(
    section("Conversation", scroll("Sequence diagram", diagram(data.diagram))),
    ...(data.outcome ? [outcome(data.outcome)] : []), handshake(data.handshake), log(data),
    ...(data.closing ? [closing(data.closing)] : []), statistics(data.stats));
  if (/^#e\d+$/.test(location.hash)) document.getElementById(location.hash.slice(1))?.scrollIntoView({ block: "center" });
})();
