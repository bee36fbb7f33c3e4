# Echo client made with faye-websocket: client.rb URL.

require 'eventmachine'
require 'faye/websocket'

EM.run do
  ws = Faye::WebSocket::Client.new(ARGV[0], nil, max_length: 64 * 1024 * 1024)
  ws.on(:message) { |event| ws.send(event.data) }
  ws.on(:close) { EM.stop }
end
