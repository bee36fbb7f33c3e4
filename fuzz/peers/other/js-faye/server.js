// Echo server made with faye-websocket.

const http = require("http");
const WebSocket = require("faye-websocket");
const deflate = require("permessage-deflate");

const server = http.createServer((request, response) => {
  response.writeHead(426);
  response.end();
});
server.on("upgrade", (request, socket, body) => {
  if (!WebSocket.isWebSocket(request)) {
    socket.on("error", () => {});
    socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    return;
  }
  const ws = new WebSocket(request, socket, body, null, { extensions: [deflate], maxLength: 64 << 20 });
  ws.on("message", (event) => ws.send(event.data));
  ws.on("error", (error) => console.error(error.message));
});
server.listen(Number(process.env.PORT), "127.0.0.1");
