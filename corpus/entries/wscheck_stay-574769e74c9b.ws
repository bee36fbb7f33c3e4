version: 1
rule: wscheck/stay
role: server
expect: keep
origin: written for this corpus
comment: A code point in two frames with an unsolicited pong between them.

as server
frame TEXT <e282> [continued]
frame PONG "unasked"
frame CONT <ac>
await message × 1 within 10s
end: ping, await the pong, close
