version: 1
rule: rfc7692/5/rsv1-conflict-fail
role: server
expect: fail 1002 1007
origin: shrunk from rfc7692/5/answer-twice-other
comment: Kills the mutant accept-answer-twice.

as server
handshake line "Sec-WebSocket-Extensions: permessage-deflate; "
  "server_no_context_takeover; client_no_context_takeover; "
  "server_max_window_bits=8, permessage-deflate\r\n"
handshake to be refused
frame TEXT
await end within 2s
end: ping, await the pong, close
