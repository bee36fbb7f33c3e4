version: 1
rule: rfc6455/5.5/control-fragmented-fail
role: client
expect: fail 1002
origin: written for this corpus
comment: A pong with FIN clear between the frames of a compressed message.

as client
handshake extension "permessage-deflate; client_max_window_bits"
frame TEXT <f248cdc9> [continued, rsv=4]
frame PONG "pong" [continued]
frame CONT <c90700> [continued]
frame CONT
await end within 2s
end: ping, await the pong, close
