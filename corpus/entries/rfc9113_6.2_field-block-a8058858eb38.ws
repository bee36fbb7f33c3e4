version: 1
rule: rfc9113/6.2/field-block
role: client
expect: any
origin: the case rfc9113/6.2/block-ping
comment: PING within a field block.

as client
message TEXT "before"
await message × 1 within 5s
raw <000001010100000003820000080600000000000000000000000000> [beneath the stream]
await end within 2s
end: ping, await the pong, close
