// Echo server made with Bun.

Bun.serve({
  port: Number(process.env.PORT),
  hostname: "127.0.0.1",
  fetch(request, server) {
    if (!server.upgrade(request)) return new Response(null, { status: 426 });
  },
  websocket: {
    perMessageDeflate: true,
    maxPayloadLength: 64 << 20,
    backpressureLimit: 256 << 20,
    message(ws, message) {
      ws.send(message, true);
    },
  },
});
