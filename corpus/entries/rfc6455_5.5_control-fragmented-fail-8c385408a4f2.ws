version: 1
rule: rfc6455/5.5/control-fragmented-fail
role: server
expect: fail 1002
origin: written for this corpus
comment: A pong with FIN clear between the frames of a compressed message.

as server
handshake extension "permessage-deflate; server_no_context_takeover; "
  "client_no_context_takeover; server_max_window_bits=8"
frame TEXT <f248cdc9> [continued, rsv=4]
frame PONG "pong" [continued]
frame CONT <c90700> [continued]
frame CONT
await end within 2s
end: ping, await the pong, close
