version: 1
rule: rfc9113/6.10/continuation
role: client
expect: any
origin: the case rfc9113/6.10/alone
comment: CONTINUATION on its own.

as client
message TEXT "before"
await message × 1 within 5s
raw <00000109040000000188> [beneath the stream]
await end within 2s
end: ping, await the pong, close
