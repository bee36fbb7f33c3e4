version: 1
rule: rfc6455/4.2.2/equal
role: client
expect: keep
origin: written for this corpus
comment: Kills the mutant refuse-request-absolute. A server has to take the absolute form of its target (RFC 9112 3.2.2).

as client
handshake target "http://${authority}${target}"
message TEXT "hi"
end: ping, await the pong, close
