version: 1
rule: rfc9113/6.8/goaway
role: client
expect: keep
origin: the case rfc9113/6.8/goaway
comment: GOAWAY with NO_ERROR, and a message.

as client
message TEXT "before"
await message × 1 within 5s
raw <0000080700000000000000000100000000> [beneath the stream]
message TEXT "after"
await message × 2 within 5s
end: ping, await the pong, close
