version: 1
rule: rfc6455/5.2/length-minimal-fail
role: client
expect: keep or fail
origin: shrunk from rfc6455/5.2/length-16bit-for-0
comment: Kills the mutant accept-non-minimal-16.

as client
frame TEXT [16-bit length]
end: ping, await the pong, close
