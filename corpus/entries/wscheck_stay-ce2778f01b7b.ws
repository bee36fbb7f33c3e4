version: 1
rule: wscheck/stay
role: server
expect: keep
origin: aio-libs/aiohttp#13487
comment: Kills the mutant refuse-many-reads. One frame that comes in 1,400 reads.

as server
frame BINARY "a" × 700 [declared 1400, in pieces of 1 octet]
data "a" × 700 [in pieces of 1 octet]
await message × 1 within 5s
end: ping, await the pong, close
