version: 1
rule: rfc6455/4.2.2/equal
role: client
expect: keep
origin: written for this corpus
comment: Kills the mutant refuse-request-connection-last. Several fields are one list (RFC 9110 5.3), in any order.

as client
handshake without Connection
handshake line "Connection: Upgrade\r\n"
handshake line "Connection: keep-alive\r\n"
message TEXT "hi"
end: ping, await the pong, close
