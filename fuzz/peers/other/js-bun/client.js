// Echo client made with Bun: client.js URL.

const ws = new WebSocket(process.argv[2]);
ws.binaryType = "arraybuffer";
ws.onmessage = (event) => ws.send(event.data);
ws.onerror = (event) => console.error(event.message);
ws.onclose = () => process.exit(0);
