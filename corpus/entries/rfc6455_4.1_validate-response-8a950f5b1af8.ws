version: 1
rule: rfc6455/4.1/validate-response
role: server
expect: refuse
origin: shrunk from rfc6455/4.1/status-200
comment: Kills the mutant accept-response-status.

as server
handshake status 200
handshake to be refused
frame TEXT
await end within 2s
end: ping, await the pong, close
