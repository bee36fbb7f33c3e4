version: 1
rule: rfc7692/7.1.2.1/window-kept
role: client
expect: keep
origin: shrunk from rfc7692/7.1.2.1/offer-8
comment: Kills the mutant answer-window-larger.

as client
handshake line "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8\r\n"
end: ping, await the pong, close
