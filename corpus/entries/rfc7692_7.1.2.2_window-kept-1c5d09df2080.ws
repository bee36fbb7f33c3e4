version: 1
rule: rfc7692/7.1.2.2/window-kept
role: client
expect: keep
origin: shrunk from rfc7692/7.1.2.2/offer-8
comment: Kills the mutant answer-client-window-larger.

as client
handshake line "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=8\r\n"
end: ping, await the pong, close
