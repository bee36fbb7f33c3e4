version: 1
rule: rfc6455/5.4/control-within
role: client
expect: keep
origin: shrunk from rfc6455/5.4/ping-within-binary
comment: Kills the mutant control-ends-message.

as client
frame TEXT [continued]
end: ping, await the pong, close
