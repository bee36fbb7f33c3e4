version: 1
rule: rfc9113/5.1.1/stream-number
role: client
expect: any
origin: the case rfc9113/5.1.1/even
comment: A request on stream 2.

as client
message TEXT "before"
await message × 1 within 5s
raw <000006010500000002828684410161> [beneath the stream]
await end within 2s
end: ping, await the pong, close
