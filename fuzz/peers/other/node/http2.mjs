// Echo server over HTTP/2 (RFC 8441) made with Node's http2 and npm's ws, without TLS. It takes HTTP/1.1 too.
//
// Serves on 127.0.0.1 and the port of the environment variable PORT (default: a free one), and prints
// "listening on 127.0.0.1:PORT" once it can be reached.

import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import process from "node:process";
import { WebSocket, WebSocketServer } from "ws";

const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 * 1024 });
const { options } = sockets;
const overHTTP1 = http.createServer();
const overHTTP2 = http2.createServer({ settings: { enableConnectProtocol: true } });

function echo(socket) {
  socket.on("error", () => {});
  socket.on("message", (data, binary) => socket.send(data, { binary }));
}

overHTTP1.on("upgrade", (request, socket, head) => sockets.handleUpgrade(request, socket, head, echo));

overHTTP2.on("stream", (stream, fields) => {
  stream.on("error", () => {}); // of a stream that the peer has reset
  const websocket = fields[":method"] === "CONNECT" && fields[":protocol"] === "websocket";
  if (!websocket || fields["sec-websocket-version"] !== "13") {
    stream.respond({ ":status": websocket ? 400 : 501, "sec-websocket-version": "13" }, { endStream: true });
    return;
  }
  stream.respond({ ":status": 200 });
  stream.setNoDelay = () => {}; // ws calls what a TCP socket has
  const socket = new WebSocket(null, undefined, options);
  echo(socket);
  socket.setSocket(stream, Buffer.alloc(0), options);
});

overHTTP2.on("sessionError", () => {});

const server = net.createServer((connection) => {
  connection.on("error", () => {});
  connection.once("readable", () => {
    const first = connection.read();
    if (first === null) return; // it ended
    connection.unshift(first);
    (first.toString("latin1", 0, 4) === "PRI " ? overHTTP2 : overHTTP1).emit("connection", connection);
  });
});
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => console.log(`listening on 127.0.0.1:${server.address().port}`));
