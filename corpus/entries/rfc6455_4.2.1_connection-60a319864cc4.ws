version: 1
rule: rfc6455/4.2.1/connection
role: client
expect: refuse
origin: shrunk from rfc6455/4.2.1/connection-missing
comment: Kills the mutant accept-request-connection-missing.

as client
handshake without Connection
handshake to be refused
end: ping, await the pong, close
