version: 1
rule: rfc6455/5.6/text-utf8
role: client
expect: keep
origin: shrunk from rfc6455/8.1/binary-cut
comment: Kills the mutant send-text-not-utf8.

as client
frame BINARY <e2>
end: ping, await the pong, close
