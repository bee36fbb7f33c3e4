// Server made with Socket.IO.

const { Server } = require("socket.io");

const io = new Server({ transports: ["websocket"], perMessageDeflate: true });
io.on("connection", () => {});
const http = require("http").createServer();
io.attach(http);
http.listen(Number(process.env.PORT), "127.0.0.1");
