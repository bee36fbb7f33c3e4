version: 1
rule: wscheck/peer-panicked
rule: wscheck/stay
role: server
expect: keep
origin: written for this corpus
comment: A peer that pings while nothing comes gets each ping answered twice, which is legal. Kills the mutants panic-on-second-pong and
  leave-on-second-pong.

as server
pongs × 2
wait 25s
frame TEXT "Hello"
await message × 1 within 5s
end: ping, await the pong, close
