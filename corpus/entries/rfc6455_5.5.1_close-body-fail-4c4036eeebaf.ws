version: 1
rule: rfc6455/5.5.1/close-body-fail
role: server
expect: fail 1002
origin: shrunk from rfc6455/5.5.1/close-1-octet-ping
comment: Kills the mutant accept-close-1-octet.

as server
frame CLOSE "*"
end: ping, await the pong, close
