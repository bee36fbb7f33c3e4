version: 1
rule: rfc7692/6.1/rsv1-control-fail
rule: rfc6455/5.2/rsv-fail
role: client
expect: fail 1002
feature: permessage-deflate
origin: written for this corpus
comment: A ping with RSV1 set, where permessage-deflate is in use: the bit marks data messages alone.

as client
handshake extension "permessage-deflate"
frame PING "hello" [rsv=4]
await end within 2s
end: ping, await the pong, close
