version: 1
rule: rfc6455/5.4/control-within
role: client
expect: keep
origin: written for this corpus
comment: Kills the mutant control-ends-message.

as client
frame TEXT "a" [continued]
frame PING "in"
frame CONT "b"
end: ping, await the pong, close
