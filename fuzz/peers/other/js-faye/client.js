// Echo client made with faye-websocket: client.js URL.

const WebSocket = require("faye-websocket");
const deflate = require("permessage-deflate");

const ws = new WebSocket.Client(process.argv[2], null, { extensions: [deflate], maxLength: 64 << 20 });
ws.on("message", (event) => ws.send(event.data));
ws.on("error", (error) => console.error(error.message));
