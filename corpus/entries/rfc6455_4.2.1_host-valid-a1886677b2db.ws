version: 1
rule: rfc6455/4.2.1/host-valid
role: client
expect: keep or refuse
origin: shrunk from rfc6455/4.2.1/host-empty
comment: Kills the mutant accept-request-host-invalid.

as client
handshake without Host
handshake line "Host:  \r\n"
handshake to be refused
end: ping, await the pong, close
