version: 1
rule: rfc6455/5.3/key-predictable
role: server
expect: keep
origin: a counter in the place of random octets
comment: Kills the mutant send-mask-counter.

as server
frame TEXT
frame TEXT
frame TEXT
frame TEXT
end: ping, await the pong, close
