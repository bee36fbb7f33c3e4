version: 1
rule: rfc6455/9/parameters
rule: rfc6455/9.1/parameters-defined
role: client
expect: keep
origin: shrunk from rfc7692/7.1/offer-plain
comment: Kills the mutant answer-unknown.

as client
handshake line "Sec-WebSocket-Extensions: permessage-deflate\r\n"
end: ping, await the pong, close
