version: 1
rule: rfc6455/4.2.1/key-valid
role: client
expect: keep or refuse
origin: shrunk from rfc6455/4.2.1/key-1-octets
comment: Kills the mutant accept-request-key-short.

as client
handshake key "aw=="
handshake to be refused
end: ping, await the pong, close
