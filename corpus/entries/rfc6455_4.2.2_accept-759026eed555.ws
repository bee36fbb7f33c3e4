version: 1
rule: rfc6455/4.2.2/accept
role: client
expect: keep
origin: shrunk from rfc6455/4.2.1/body-content-length-negative
comment: Kills the mutant response-accept-missing.

as client
handshake may be refused
end: ping, await the pong, close
