version: 1
rule: rfc9113/5.1/idle
role: client
expect: any
origin: the case rfc9113/5.1/idle-data
comment: DATA of a stream that is idle.

as client
message TEXT "before"
await message × 1 within 5s
raw <00000100000000006578> [beneath the stream]
await end within 2s
end: ping, await the pong, close
