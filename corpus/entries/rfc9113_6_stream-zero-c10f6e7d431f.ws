version: 1
rule: rfc9113/6/stream-zero
role: client
expect: any
origin: the case rfc9113/6/stream-zero-data
comment: DATA of stream 0.

as client
message TEXT "before"
await message × 1 within 5s
raw <00000100000000000078> [beneath the stream]
await end within 2s
end: ping, await the pong, close
