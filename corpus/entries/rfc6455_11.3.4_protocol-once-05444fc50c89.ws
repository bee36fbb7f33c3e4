version: 1
rule: rfc6455/11.3.4/protocol-once
rule: rfc6455/4.2.2/subprotocol-offered
role: client
expect: keep
origin: shrunk from rfc6455/4.2.2/subprotocol-escaped
comment: Kills the mutants response-protocol-twice, response-protocol-other.

as client
handshake line "Sec-WebSocket-Protocol: a%0d%0ab\r\n"
handshake may be refused
end: ping, await the pong, close
