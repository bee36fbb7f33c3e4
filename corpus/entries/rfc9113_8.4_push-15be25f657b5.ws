version: 1
rule: rfc9113/8.4/push
role: client
expect: any
origin: the case rfc9113/8.4/push
comment: PUSH_PROMISE of a client.

as client
message TEXT "before"
await message × 1 within 5s
raw <0000050504000000010000000282> [beneath the stream]
await end within 2s
end: ping, await the pong, close
