version: 1
rule: rfc7692/5/rsv1-conflict
role: client
expect: keep
origin: shrunk from rfc7692/5/empty-elements
comment: Kills the mutant answer-twice.

as client
handshake line "Sec-WebSocket-Extensions: ,, permessage-deflate, ,\r\n"
end: ping, await the pong, close
