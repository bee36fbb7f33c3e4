// Echo server made with WebSocket++, with permessage-deflate.

#include <cstdlib>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/extensions/permessage_deflate/enabled.hpp>
#include <websocketpp/server.hpp>

struct config : websocketpp::config::asio {
  struct permessage_deflate_config {};
  typedef websocketpp::extensions::permessage_deflate::enabled<permessage_deflate_config> permessage_deflate_type;
  static const size_t max_message_size = 64 << 20;
};
typedef websocketpp::server<config> server;

int main() {
  server echo;
  echo.clear_access_channels(websocketpp::log::alevel::all);
  echo.clear_error_channels(websocketpp::log::elevel::all);
  echo.init_asio();
  echo.set_reuse_addr(true);
  echo.set_message_handler([&echo](websocketpp::connection_hdl connection, server::message_ptr message) {
    websocketpp::lib::error_code ignored;
    echo.send(connection, message->get_payload(), message->get_opcode(), ignored);
  });
  echo.listen(boost::asio::ip::tcp::endpoint(boost::asio::ip::address_v4::loopback(), (unsigned short)std::atoi(std::getenv("PORT"))));
  echo.start_accept();
  echo.run();
}
