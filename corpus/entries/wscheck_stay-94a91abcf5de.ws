version: 1
rule: wscheck/stay
role: client
expect: keep
origin: written for this corpus
comment: A compressed message whose last frame is empty, and an uncompressed one in two frames.

as client
handshake extension "permessage-deflate"
frame TEXT <f248cdc9c90700> [continued, rsv=4]
frame CONT
await message × 1 within 10s
frame TEXT "un" [continued]
frame CONT "compressed"
await message × 2 within 10s
end: ping, await the pong, close
