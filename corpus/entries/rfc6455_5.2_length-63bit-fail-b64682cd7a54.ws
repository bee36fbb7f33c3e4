version: 1
rule: rfc6455/5.2/length-63bit-fail
role: server
expect: fail 1002 1009
origin: shrunk from rfc6455/5.2/length-2-63-text
comment: Kills the mutant accept-length-top-bit.

as server
frame TEXT [declared 9223372036854775808]
await end within 2s
end: ping, await the pong, close
