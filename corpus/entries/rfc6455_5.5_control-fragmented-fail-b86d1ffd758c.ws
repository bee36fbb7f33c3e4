version: 1
rule: rfc6455/5.5/control-fragmented-fail
role: client
expect: fail 1002
origin: shrunk from rfc6455/5.5/ping-unfinished
comment: Kills the mutant accept-fragmented-ping.

as client
frame PING [continued]
end: ping, await the pong, close
