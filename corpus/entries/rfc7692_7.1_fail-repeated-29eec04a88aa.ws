version: 1
rule: rfc7692/7.1/fail-repeated
role: server
expect: fail 1002 1007
origin: shrunk from rfc7692/7.1.2.1/answer-twice
comment: Kills the mutant accept-answer-repeated.

as server
handshake line "Sec-WebSocket-Extensions: permessage-deflate; "
  "server_no_context_takeover; client_no_context_takeover; "
  "server_max_window_bits=8; server_max_window_bits=8\r\n"
handshake to be refused
frame TEXT
await end within 2s
end: ping, await the pong, close
