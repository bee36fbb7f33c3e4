version: 1
rule: rfc6455/4.2.2/equal
role: client
expect: keep
origin: written for this corpus
comment: Kills the mutant refuse-request-no-blank. White space after a colon is not needed (RFC 9110 5.5).

as client
handshake without Upgrade
handshake line "Upgrade:websocket\r\n"
message TEXT "hi"
end: ping, await the pong, close
