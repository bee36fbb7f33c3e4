version: 1
rule: rfc6455/7.1.7/close-frame
rule: rfc6455/7.1.7/status-code
rule: rfc6455/10.7/close-frame
role: server
expect: fail 1002
origin: case rfc6455/7.1.7/after-error-errors
comment: A frame with a reserved opcode, and behind it another error, a continuation frame of nothing.

as server
frame RSV3
frame CONT
await end within 2s
end: ping, await the pong, close
