version: 1
rule: rfc6455/5.5/control-fragmented-fail
role: client
expect: fail 1002
origin: written for this corpus
comment: A ping with FIN clear. No control frame may be fragmented, so the peer fails the connection.

as client
frame PING "half" [continued]
await end within 2s
end: ping, await the pong, close
