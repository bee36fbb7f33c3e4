version: 1
rule: wscheck/peer-panicked
role: client
expect: keep
origin: shrunk from rfc6455/5.5.1/close-empty
comment: Kills the mutant panic-on-empty-close.

as client
close
end: ping, await the pong, close
