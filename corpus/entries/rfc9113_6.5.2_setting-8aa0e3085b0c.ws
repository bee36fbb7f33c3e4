version: 1
rule: rfc9113/6.5.2/setting
role: client
expect: any
origin: the case rfc9113/6.5.2/push-2
comment: SETTINGS 0x707573682d32 = 2.

as client
message TEXT "before"
await message × 1 within 5s
raw <000006040000000000000200000002> [beneath the stream]
await end within 2s
end: ping, await the pong, close
