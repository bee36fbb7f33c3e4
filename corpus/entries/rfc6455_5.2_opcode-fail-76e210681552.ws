version: 1
rule: rfc6455/5.2/opcode-fail
rule: rfc6455/7.1.7/close-tcp
rule: rfc6455/7.1.7/stop
role: client
expect: fail 1002
origin: shrunk from autobahn/4.1.1
comment: Kills the mutants accept-opcode-3, fail-tcp-open, fail-then-pong.

as client
frame RSV3
end: ping, await the pong, close
