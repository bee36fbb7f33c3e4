version: 1
rule: rfc6455/5.5/control-fragmented-fail
role: server
expect: fail 1002
origin: written for this corpus
comment: A ping with FIN clear, sent to a client.

as server
frame PING "half" [continued]
await end within 2s
end: ping, await the pong, close
