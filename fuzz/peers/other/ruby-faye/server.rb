# Echo server made with websocket-driver, what faye-websocket is made of, by its own documentation.

require 'eventmachine'
require 'websocket/driver'

# Connection is a connection that its driver reads and writes.
class Connection < EventMachine::Connection
  def initialize
    @driver = WebSocket::Driver.server(self, max_length: 64 * 1024 * 1024)
    @driver.on(:connect) { @driver.start if WebSocket::Driver.websocket?(@driver.env) }
    @driver.on(:message) { |event| event.data.is_a?(String) ? @driver.text(event.data) : @driver.binary(event.data) }
    @driver.on(:close) { close_connection_after_writing }
  end

  def receive_data(octets)
    @driver.parse(octets)
  end

  def write(octets)
    send_data(octets)
  end
end

EM.run { EM.start_server('127.0.0.1', ENV.fetch('PORT').to_i, Connection) }
