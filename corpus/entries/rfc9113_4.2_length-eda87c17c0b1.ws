version: 1
rule: rfc9113/4.2/length
role: client
expect: any
origin: the case rfc9113/4.2/ping-0
comment: A ping frame of 0 octets.

as client
message TEXT "before"
await message × 1 within 5s
raw <000000060000000000> [beneath the stream]
await end within 2s
end: ping, await the pong, close
