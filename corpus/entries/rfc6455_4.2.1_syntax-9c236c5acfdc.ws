version: 1
rule: rfc6455/4.2.1/syntax
role: client
expect: keep or refuse
origin: shrunk from rfc6455/4.2.1/field-name-nul
comment: Kills the mutant accept-request-field-name.

as client
handshake line "X-\x00: 1\r\n"
handshake to be refused
end: ping, await the pong, close
