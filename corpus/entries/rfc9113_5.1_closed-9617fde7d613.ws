version: 1
rule: rfc9113/5.1/closed
role: client
expect: any
origin: the case rfc9113/5.1/closed-data
comment: DATA after END_STREAM, in the same write.

as client
message TEXT "before"
await message × 1 within 5s
raw <0000000001000000010000040000000000016c617465> [beneath the stream]
await end within 2s
end: ping, await the pong, close
