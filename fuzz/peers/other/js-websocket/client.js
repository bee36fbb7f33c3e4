// Echo client made with WebSocket-Node: client.js URL.

const { client: WebSocketClient } = require("websocket");

const client = new WebSocketClient({ maxReceivedFrameSize: 64 << 20, maxReceivedMessageSize: 64 << 20 });
client.on("connectFailed", (error) => console.error(error.message));
client.on("connect", (connection) => {
  connection.on("error", (error) => console.error(error.message));
  connection.on("message", (message) => {
    if (message.type === "utf8") connection.sendUTF(message.utf8Data);
    else connection.sendBytes(message.binaryData);
  });
});
client.connect(process.argv[2]);
