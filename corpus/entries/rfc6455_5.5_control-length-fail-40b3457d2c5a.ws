version: 1
rule: rfc6455/5.5/control-length-fail
role: client
expect: fail 1002 1009
origin: shrunk from autobahn/2.5
comment: Kills the mutant accept-long-ping.

as client
frame PING "*" × 126
end: ping, await the pong, close
