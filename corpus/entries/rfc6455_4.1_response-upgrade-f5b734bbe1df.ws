version: 1
rule: rfc6455/4.1/response-upgrade
role: server
expect: refuse
origin: shrunk from rfc6455/4.1/upgrade-missing
comment: Kills the mutant accept-response-upgrade-missing.

as server
handshake without Upgrade
handshake to be refused
frame TEXT
await end within 2s
end: ping, await the pong, close
