version: 1
rule: rfc7692/7.1.1.1/server-no-context-takeover
role: client
expect: keep
origin: shrunk from rfc7692/7.1.1.1/offer
comment: Kills the mutant answer-takeover-ignored.

as client
handshake line "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n"
end: ping, await the pong, close
