// The page of the broadcasting server: it shows what comes, and sends.
const $ = (id) => document.getElementById(id);
const most = 200; // messages that are shown

function show(connected, text) {
  $("status").textContent = text;
  $("message").disabled = $("send").disabled = !connected;
}

function show(data) {
  const line = document.createElement("li");
  line.textContent = typeof data === "string" ? data : data.byteLength + " octets, binary";
  $("messages").prepend(line);
  while ($("messages").childElementCount > most) $("messages").lastElementChild.remove();
}

try {
  const { host, port, secure } = await (await fetch("suite.json")).json();
  const at = host ? (host.includes(":") ? "[" + host + "]" : host) : location.hostname;
  const ws = new WebSocket((secure ? "wss://" : "ws://") + at + ":" + port);
  ws.binaryType = "arraybuffer";
  ws.onopen = () => show(true, "Connected to " + ws.url);
  ws.onclose = (e) => show(false, "The connection has ended, with code " + e.code);
  ws.onmessage = (e) => show(e.data);
  $("form").addEventListener("submit", (e) => {
    e.preventDefault();
    ws.send($("message").value);
    $("message").value = "";
  });
} catch (err) {
  show(false, "It does not work: " + err.message);
}
