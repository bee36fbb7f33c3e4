version: 1
rule: rfc6455/4.1/response-connection
role: server
expect: refuse
origin: shrunk from rfc6455/4.1/connection-missing
comment: Kills the mutant accept-response-connection-missing.

as server
handshake without Connection
handshake to be refused
frame TEXT
await end within 2s
end: ping, await the pong, close
