version: 1
rule: rfc6455/5.4/control-within
role: server
expect: keep
origin: shrunk from rfc6455/5.4/ping-within-binary
comment: Kills the mutant control-ends-message.

as server
frame TEXT [continued]
end: ping, await the pong, close
