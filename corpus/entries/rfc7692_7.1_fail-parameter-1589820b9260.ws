version: 1
rule: rfc7692/7.1/fail-parameter
role: server
expect: fail 1002 1007
origin: shrunk from rfc7692/7.1/answer-unknown-alone
comment: Kills the mutant accept-answer-unknown.

as server
handshake line "Sec-WebSocket-Extensions: permessage-deflate; x_wscheck\r\n"
handshake to be refused
frame TEXT
await end within 2s
end: ping, await the pong, close
