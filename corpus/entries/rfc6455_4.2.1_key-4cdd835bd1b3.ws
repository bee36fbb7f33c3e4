version: 1
rule: rfc6455/4.2.1/key
role: client
expect: refuse
origin: shrunk from rfc6455/4.2.1/key-missing
comment: Kills the mutant accept-request-key-missing.

as client
handshake without Sec-WebSocket-Key
handshake to be refused
end: ping, await the pong, close
