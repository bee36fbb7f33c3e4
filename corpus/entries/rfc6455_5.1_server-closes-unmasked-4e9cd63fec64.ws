version: 1
rule: rfc6455/5.1/server-closes-unmasked
role: client
expect: fail 1002
origin: shrunk from rfc6455/5.1/unmasked-text-empty
comment: Kills the mutant accept-unmasked.

as client
frame TEXT [never masked]
end: ping, await the pong, close
