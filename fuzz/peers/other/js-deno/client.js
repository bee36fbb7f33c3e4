// Echo client made with Deno: client.js URL.

const ws = new WebSocket(Deno.args[0]);
ws.binaryType = "arraybuffer";
ws.onmessage = (event) => ws.send(event.data);
ws.onerror = (event) => console.error(event.message);
