version: 1
rule: rfc6455/5.2/rsv-fail
role: client
expect: fail 1002
origin: shrunk from rfc6455/5.2/rsv-100-text-empty
comment: Kills the mutant accept-rsv1.

as client
frame TEXT [rsv=4]
end: ping, await the pong, close
