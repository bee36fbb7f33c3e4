version: 1
rule: rfc7692/7.1.2.2/window-value
role: client
expect: keep
origin: shrunk from rfc7692/7.1.2.2/offer-without-value
comment: Kills the mutant answer-client-window-none.

as client
handshake line "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
end: ping, await the pong, close
