// The client under test: what this browser's WebSocket does, and nothing else.

// A connection on which nothing happens for that long is closed, in milliseconds.
const patience = 150_000;

// Fuzzer is one agent at one fuzzing server.
export class Fuzzer {
  // before, if given, is awaited before each connection.
  constructor(server, agent, before) {
    this.server = server.replace(/\/+$/, "");
    this.agent = agent;
    this.before = before;
  }

  url(path, query) {
    const pairs = Object.entries(query).map(([key, value]) => key + "=" + encodeURIComponent(value));
    return this.server + path + (pairs.length ? "?" + pairs.join("&") : "");
  }

  // connect makes a connection and resolves when it is over.
  async connect(url, signal, onMessage) {
    await this.before?.();
    return new Promise((resolve, reject) => {
      let ws;
      try {
        signal.throwIfAborted();
        ws = new WebSocket(url);
      } catch (err) {
        reject(err);
        return;
      }
      ws.binaryType = "arraybuffer";
      const end = () => ws.close();
      let timer = setTimeout(end, patience);
      signal.addEventListener("abort", end);
      ws.onmessage = (e) => {
        clearTimeout(timer);
        timer = setTimeout(end, patience);
        onMessage(e.data, ws);
      };
      ws.onclose = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      };
    });
  }

  // ask returns the server's one answer, or undefined if there was none.
  async ask(path, query, signal) {
    let answer;
    await this.connect(this.url(path, query), signal, (data) => { answer ??= data; });
    return answer === undefined ? undefined : JSON.parse(answer);
  }

  // count is how many cases the server plays.
  async count(signal) {
    const n = await this.ask("/getCaseCount", {}, signal);
    signal.throwIfAborted();
    if (!Number.isInteger(n) || n < 0) throw new Error("there is no fuzzing server at " + this.server);
    return n;
  }

  info(n, signal) { return this.ask("/getCaseInfo", { case: n }, signal); }

  // run plays a case: every message is sent back as it came.
  run(n, signal) {
    return this.connect(this.url("/runCase", { case: n, agent: this.agent }), signal, (data, ws) => ws.send(data));
  }

  // verdict is how a case ended.
  verdict(n, signal) { return this.ask("/getCaseStatus", { case: n, agent: this.agent }, signal); }

  // finish has the report brought up to date.
  finish(signal) { return this.connect(this.url("/updateReports", { agent: this.agent }), signal, () => {}); }
}

// ownName is a short name for this browser.
export function ownName(ua) {
  const known = { Edg: "Edge", OPR: "Opera", Vivaldi: "Vivaldi", SamsungBrowser: "Samsung", Firefox: "Firefox", HeadlessChrome: "Chrome", Chrome: "Chrome" };
  for (const [token, name] of Object.entries(known)) {
    const found = ua.match(new RegExp("\\b" + token + "/([\\w.]+)"));
    if (found) return name + "/" + found[1];
  }
  const safari = ua.match(/\bVersion\/([\w.]+).*\bSafari\//);
  return safari ? "Safari/" + safari[1] : "browser";
}
