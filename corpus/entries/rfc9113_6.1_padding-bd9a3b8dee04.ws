version: 1
rule: rfc9113/6.1/padding
role: client
expect: any
origin: the case rfc9113/6.1/padding-equal
comment: DATA with as much padding as payload.

as client
message TEXT "before"
await message × 1 within 5s
raw <00000400080000000104000000> [beneath the stream]
await end within 2s
end: ping, await the pong, close
