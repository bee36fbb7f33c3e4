version: 1
rule: rfc6455/5.2/length-63bit-fail
role: client
expect: fail 1002
origin: written for this corpus
comment: The most significant bit of a 64-bit length is set.
  Taken for a signed number, the length is less than zero.

as client
frame BINARY "hello" [64-bit length, declared 9223372036854775808]
await end within 2s
end: ping, await the pong, close
