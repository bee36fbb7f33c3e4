version: 1
rule: wscheck/stay
role: client
expect: keep
origin: shrunk from rfc6455/5.5.3/pong-0
comment: Kills the mutant leave-on-pong.

as client
frame PONG
end: ping, await the pong, close
