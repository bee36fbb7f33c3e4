version: 1
rule: rfc9113/6.7/ping-ack
role: client
expect: keep
origin: the case rfc9113/4.1/reserved-bit
comment: A PING with the reserved bit between two messages.

as client
message TEXT "before"
await message × 1 within 5s
raw <0000080600800000007265736572766564> [beneath the stream]
await end within 1.5s
message TEXT "after"
await message × 2 within 5s
end: ping, await the pong, close
