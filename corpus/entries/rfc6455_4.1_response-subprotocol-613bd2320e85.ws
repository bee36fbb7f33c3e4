version: 1
rule: rfc6455/4.1/response-subprotocol
role: server
expect: refuse
origin: shrunk from rfc6455/4.1/subprotocol-never-offered-answered
comment: Kills the mutant accept-response-protocol-unoffered.

as server
handshake line "Sec-WebSocket-Protocol: wscheck-never-offered\r\n"
handshake to be refused
frame TEXT
await end within 2s
end: ping, await the pong, close
