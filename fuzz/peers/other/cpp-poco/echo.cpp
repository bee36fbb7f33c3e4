// Echo server made with POCO, by the loop of its own example; it leaves pings to its user.

#include <Poco/Buffer.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/WebSocket.h>
#include <Poco/ThreadPool.h>
#include <cstdlib>
#include <unistd.h>

using namespace Poco::Net;

struct Handler : HTTPRequestHandler {
  void handleRequest(HTTPServerRequest &request, HTTPServerResponse &response) override {
    try {
      WebSocket ws(request, response);
      ws.setMaxPayloadSize(64 << 20);
      for (;;) {
        Poco::Buffer<char> frame(0);
        int flags = 0;
        int n = ws.receiveFrame(frame, flags);
        int opcode = flags & WebSocket::FRAME_OP_BITMASK;
        if (n == 0 && flags == 0)
          return; // the end of the stream
        if (opcode == WebSocket::FRAME_OP_PING)
          flags = WebSocket::FRAME_FLAG_FIN | WebSocket::FRAME_OP_PONG;
        if (opcode != WebSocket::FRAME_OP_PONG)
          ws.sendFrame(frame.begin(), n, flags);
        if (opcode == WebSocket::FRAME_OP_CLOSE)
          return;
      }
    } catch (WebSocketException &error) {
      switch (error.code()) {
      case WebSocket::WS_ERR_HANDSHAKE_UNSUPPORTED_VERSION:
        response.set("Sec-WebSocket-Version", WebSocket::WEBSOCKET_VERSION);
        // as for any other refusal
      case WebSocket::WS_ERR_NO_HANDSHAKE:
      case WebSocket::WS_ERR_HANDSHAKE_NO_VERSION:
      case WebSocket::WS_ERR_HANDSHAKE_NO_KEY:
        response.setStatusAndReason(HTTPResponse::HTTP_BAD_REQUEST);
        response.setContentLength(0);
        response.send();
      }
    } catch (Poco::Exception &) {
    }
  }
};

struct Factory : HTTPRequestHandlerFactory {
  HTTPRequestHandler *createRequestHandler(const HTTPServerRequest &) override { return new Handler; }
};

int main() {
  Poco::ThreadPool::defaultPool().addCapacity(200);
  auto params = new HTTPServerParams;
  params->setMaxThreads(200);
  params->setMaxQueued(1000);
  HTTPServer server(new Factory, ServerSocket(SocketAddress("127.0.0.1", atoi(getenv("PORT")))), params);
  server.start();
  for (;;)
    pause();
}
