version: 1
rule: rfc6455/5.5.1/close-body-fail
role: client
expect: fail 1002
origin: shrunk from rfc6455/5.5.1/close-1-octet-00
comment: Kills the mutant accept-close-1-octet.

as client
close "*"
end: ping, await the pong, close
