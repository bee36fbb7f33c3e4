version: 1
rule: rfc6455/4.1/response-accept
role: server
expect: refuse
origin: shrunk from rfc6455/4.1/accept-missing
comment: Kills the mutant accept-response-accept-missing.

as server
handshake without Sec-WebSocket-Accept
handshake to be refused
frame TEXT
await end within 2s
end: ping, await the pong, close
