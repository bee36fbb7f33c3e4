version: 1
rule: rfc6455/5.4/interleaved-fail
role: client
expect: fail 1002
origin: shrunk from rfc6455/5.4/text-in-text-empty
comment: Kills the mutant accept-nested.

as client
frame TEXT [continued]
frame TEXT
end: ping, await the pong, close
