version: 1
rule: rfc6455/5.1/client-closes-masked
role: server
expect: fail 1002
origin: shrunk from rfc6455/5.1/masked-text-empty
comment: Kills the mutant accept-masked.

as server
frame TEXT [always masked]
end: ping, await the pong, close
