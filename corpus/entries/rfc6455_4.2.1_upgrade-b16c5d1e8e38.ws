version: 1
rule: rfc6455/4.2.1/upgrade
role: client
expect: refuse
origin: shrunk from rfc6455/4.2.1/upgrade-missing
comment: Kills the mutant accept-request-upgrade-missing.

as client
handshake without Upgrade
handshake to be refused
end: ping, await the pong, close
