version: 1
rule: rfc6455/5.2/length-63bit
rule: rfc6455/5.4/continuation
rule: rfc6455/5.4/interleaved
rule: wscheck/echo-extra
rule: wscheck/echo-type
rule: rfc6455/5.4/one-type
role: client
expect: keep
origin: shrunk from rfc6455/5.2/length-0-text
comment: Kills the mutants send-length-top-bit-short, send-orphan, send-nested, echo-twice, echo-type-swapped.

as client
frame TEXT
end: ping, await the pong, close
