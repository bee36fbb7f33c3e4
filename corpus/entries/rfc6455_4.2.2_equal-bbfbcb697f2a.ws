version: 1
rule: rfc6455/4.2.2/equal
role: client
expect: keep
origin: written for this corpus
comment: Kills the mutant refuse-request-name-case. The names of fields are the same in any case (RFC 9110 5.1).

as client
handshake without Host
handshake without Upgrade
handshake without Connection
handshake line "host: ${authority}\r\n"
handshake line "upgrade: websocket\r\n"
handshake line "connection: upgrade\r\n"
message TEXT "hi"
end: ping, await the pong, close
