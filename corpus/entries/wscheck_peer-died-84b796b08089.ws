version: 1
rule: wscheck/peer-died
role: client
expect: keep
origin: shrunk from autobahn/1.2.1
comment: Kills the mutant exit-on-empty-binary.

as client
frame BINARY
end: ping, await the pong, close
