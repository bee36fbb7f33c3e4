version: 1
rule: rfc9113/5/streams
role: client
expect: keep
origin: the case rfc9113/5/two
comment: Another WebSocket on stream 3, and messages by turns.

as client
message TEXT "alone"
await message × 1 within 5s
raw <000039010400000003200307434f4e4e4543540087b95d8749c87a3f87f058d0>
  <72752a7f86840186a0e41d139d09008f4148b782c68393a952b772d8831eaf02> <3133> [beneath the stream]
message TEXT "beside 0"
await message × 2 within 5s
raw <00000b0000000000038185010203046e6d6c6b6e> [beneath the stream]
message TEXT "beside 1"
await message × 3 within 5s
raw <00013400000000000381fe012c01020304> ("nmlk" × 75) [beneath the stream]
message TEXT "beside 2"
await message × 4 within 5s
end: ping, await the pong, close
