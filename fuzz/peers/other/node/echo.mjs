// Echo server made with npm's ws.
//
// Serves on 127.0.0.1 and the port of the environment variable PORT (default: a free one), and prints
// "listening on 127.0.0.1:PORT" once it can be reached. WSECHO_DEFLATE=1 switches permessage-deflate on.

import process from "node:process";
import { WebSocketServer } from "ws";

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.env.PORT ?? 0),
  maxPayload: 64 * 1024 * 1024,
  perMessageDeflate: process.env.WSECHO_DEFLATE === "1",
});

server.on("listening", () => console.log(`listening on 127.0.0.1:${server.address().port}`));

server.on("connection", (socket) => {
  socket.on("error", () => {}); // ws has answered what it can; without a listener it would end the process
  socket.on("message", (data, binary) => socket.send(data, { binary }));
});
