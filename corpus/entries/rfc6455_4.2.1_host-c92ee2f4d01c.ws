version: 1
rule: rfc6455/4.2.1/host
role: client
expect: refuse
origin: shrunk from rfc6455/4.2.1/host-missing
comment: Kills the mutant accept-request-host-missing.

as client
handshake without Host
handshake to be refused
end: ping, await the pong, close
