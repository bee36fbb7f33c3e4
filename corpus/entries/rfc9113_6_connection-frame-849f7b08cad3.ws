version: 1
rule: rfc9113/6/connection-frame
role: client
expect: any
origin: the case rfc9113/6/connection-settings
comment: SETTINGS of stream 1.

as client
message TEXT "before"
await message × 1 within 5s
raw <000000040000000001> [beneath the stream]
await end within 2s
end: ping, await the pong, close
