version: 1
rule: wscheck/stay
role: server
expect: keep
origin: shrunk from rfc6455/5.5.3/pong-0
comment: Kills the mutant leave-on-pong.

as server
frame PONG
end: ping, await the pong, close
