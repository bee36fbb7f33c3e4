// Echo client made with undici: client.mjs URL.

import { WebSocket } from "undici";

const ws = new WebSocket(process.argv[2]);
ws.binaryType = "arraybuffer";
ws.onmessage = (event) => ws.send(event.data);
ws.onerror = (event) => console.error(event.message);
