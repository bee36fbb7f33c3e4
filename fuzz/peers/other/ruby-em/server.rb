# Echo server made with em-websocket.
require "em-websocket"

EM.run do
  EM::WebSocket.run(host: "127.0.0.1", port: ENV.fetch("PORT").to_i) do |ws|
    ws.onmessage { |text| ws.send_text(text) }
    ws.onbinary { |data| ws.send_binary(data) }
    ws.onerror { |error| warn error.message }
  end
end
