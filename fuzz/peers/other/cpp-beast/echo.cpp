// Echo server made with Boost.Beast.

#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <cstdlib>
#include <thread>

namespace beast = boost::beast;
namespace net = boost::asio;
namespace websocket = beast::websocket;
using net::ip::tcp;

static void session(tcp::socket socket) {
  try {
    websocket::stream<tcp::socket> ws(std::move(socket));
    websocket::permessage_deflate deflate;
    deflate.server_enable = true;
    ws.set_option(deflate);
    ws.read_message_max(64 << 20);
    ws.accept();
    for (beast::flat_buffer buffer;; buffer.clear()) {
      ws.read(buffer);
      ws.text(ws.got_text());
      ws.write(buffer.data());
    }
  } catch (beast::system_error const &) {
  }
}

int main() {
  net::io_context io;
  tcp::acceptor acceptor(io, {net::ip::make_address("127.0.0.1"), (unsigned short)std::atoi(std::getenv("PORT"))});
  for (;;) {
    tcp::socket socket(io);
    acceptor.accept(socket);
    std::thread(session, std::move(socket)).detach();
  }
}
