version: 1
rule: wscheck/stay
rule: wscheck/echo-content
role: server
expect: keep
origin: written for this corpus
comment: Two compressed messages that fill the window, and one that refers to the first of them.

as server
handshake extension "permessage-deflate"
frame TEXT <ecc13101000000c2a0aceb5fc21a1e4001000000000000000000000000000000> <000000f06000> [rsv=4]
await message × 1 within 10s
frame TEXT <ecc13101000000c2a0aef60fb11a1ec000000000000000000000000000000000> <000000b81000> [rsv=4]
await message × 2 within 10s
frame TEXT <1a3d218f780000> [rsv=4]
await message × 3 within 10s
end: ping, await the pong, close
