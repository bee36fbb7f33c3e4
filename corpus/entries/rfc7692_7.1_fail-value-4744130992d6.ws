version: 1
rule: rfc7692/7.1/fail-value
role: server
expect: fail 1002 1007
origin: shrunk from rfc7692/7.1.1.1/answer-value
comment: Kills the mutant accept-answer-takeover-value.

as server
handshake line "Sec-WebSocket-Extensions: permessage-deflate; "
  "server_no_context_takeover=1; server_max_window_bits=8\r\n"
handshake to be refused
frame TEXT
await end within 2s
end: ping, await the pong, close
