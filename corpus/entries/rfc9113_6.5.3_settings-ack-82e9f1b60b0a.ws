version: 1
rule: rfc9113/6.5.3/settings-ack
role: client
expect: keep
origin: the case rfc9113/6.5/empty
comment: SETTINGS without a setting between two messages.

as client
message TEXT "before"
await message × 1 within 5s
raw <000000040000000000> [beneath the stream]
await end within 1.5s
message TEXT "after"
await message × 2 within 5s
end: ping, await the pong, close
