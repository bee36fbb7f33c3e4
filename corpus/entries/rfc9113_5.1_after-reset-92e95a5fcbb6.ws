version: 1
rule: rfc9113/5.1/after-reset
role: client
expect: any
origin: the case rfc9113/5.1/reset-cancel
comment: RST_STREAM with CANCEL, and PING, twice.

as client
message TEXT "before"
await message × 1 within 5s
raw <0000040300000000010000000800000806000000000061626f727465643f> [beneath the stream]
await end within 500ms
raw <000008060000000000666f7220676f6f64> [beneath the stream]
await end within 1.5s
end: ping, await the pong, close
