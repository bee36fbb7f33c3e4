version: 1
rule: rfc6455/4.2.1/request-uri
rule: rfc6455/10.7/http-status
role: client
expect: keep or refuse
origin: shrunk from rfc6455/4.2.1/target-asterisk
comment: Kills the mutant accept-request-target.

as client
handshake target "*"
handshake to be refused
end: ping, await the pong, close
