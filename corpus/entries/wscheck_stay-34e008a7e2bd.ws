version: 1
rule: wscheck/stay
role: server
expect: keep
origin: written for this corpus
comment: Kills the mutant refuse-control-within-long. A message in two frames that comes back, and the same with a ping between them, whose octets are no part of it.

as server
frame TEXT "wscheck " × 3000 [continued]
frame CONT "wscheck " × 3000
await message × 1 within 5s
frame TEXT "wscheck " × 3000 [continued]
frame PING "within"
frame CONT "wscheck " × 3000
await message × 2 within 5s
end: ping, await the pong, close
