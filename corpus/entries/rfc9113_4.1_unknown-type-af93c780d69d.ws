version: 1
rule: rfc9113/4.1/unknown-type
role: client
expect: keep
origin: the case rfc9113/4.1/type-16-stream-0
comment: A frame of the type 0x16 of stream 0 between two messages.

as client
message TEXT "before"
await message × 1 within 5s
raw <00000816a5000000007768617465766572> [beneath the stream]
message TEXT "after"
await message × 2 within 5s
end: ping, await the pong, close
