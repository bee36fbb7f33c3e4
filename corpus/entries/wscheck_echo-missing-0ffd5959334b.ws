version: 1
rule: wscheck/echo-missing
rule: wscheck/stay
role: server
expect: keep
origin: written for this corpus
comment: Our side does not read for 300 ms, so that writes of the peer's block: nothing may be dropped for it. Kills the mutants drop-when-blocked and
  leave-when-blocked.

as server
stop reading
frame BINARY "message 0 " × 2000
frame BINARY "message 1 " × 2000
frame BINARY "message 2 " × 2000
frame BINARY "message 3 " × 2000
frame BINARY "message 4 " × 2000
frame BINARY "message 5 " × 2000
wait 300ms
go on reading
await message × 6 within 5s
end: ping, await the pong, close
