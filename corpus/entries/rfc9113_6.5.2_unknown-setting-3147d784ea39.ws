version: 1
rule: rfc9113/6.5.2/unknown-setting
role: client
expect: keep
origin: the case rfc9113/6.5.2/unknown-0
comment: The setting 0 between two messages.

as client
message TEXT "before"
await message × 1 within 5s
raw <000006040000000000000000000001> [beneath the stream]
message TEXT "after"
await message × 2 within 5s
end: ping, await the pong, close
