// Echo server made with WebSocket-Node.

const http = require("http");
const { server: WebSocketServer } = require("websocket");

const server = http.createServer((request, response) => {
  response.writeHead(426);
  response.end();
});
server.listen(Number(process.env.PORT), "127.0.0.1");

new WebSocketServer({
  httpServer: server,
  maxReceivedFrameSize: 64 << 20,
  maxReceivedMessageSize: 64 << 20,
}).on("request", (request) => {
  const connection = request.accept(request.requestedProtocols[0] || null, request.origin);
  connection.on("message", (message) => {
    if (message.type === "utf8") connection.sendUTF(message.utf8Data);
    else connection.sendBytes(message.binaryData);
  });
});
