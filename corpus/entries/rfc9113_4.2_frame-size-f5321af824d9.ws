version: 1
rule: rfc9113/4.2/frame-size
role: client
expect: any
origin: the case rfc9113/4.2/data-2-24
comment: The head of a DATA frame of 2^24-1 octets.

as client
message TEXT "before"
await message × 1 within 5s
raw <ffffff000000000001> [beneath the stream]
await end within 2s
end: ping, await the pong, close
