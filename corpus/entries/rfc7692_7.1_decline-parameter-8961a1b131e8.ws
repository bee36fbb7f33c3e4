version: 1
rule: rfc7692/7.1/decline-parameter
role: client
expect: keep
origin: shrunk from rfc7692/7.1/offer-unknown
comment: Kills the mutant accept-offer-unknown.

as client
handshake line "Sec-WebSocket-Extensions: permessage-deflate; x_wscheck\r\n"
end: ping, await the pong, close
