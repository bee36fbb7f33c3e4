version: 1
rule: rfc6455/5.4/continuation-fail
role: server
expect: fail 1002
origin: shrunk from rfc6455/5.4/continuation-empty
comment: Kills the mutant accept-orphan.

as server
frame CONT
end: ping, await the pong, close
