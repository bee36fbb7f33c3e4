version: 1
rule: wscheck/stay
role: server
expect: keep
origin: written for this corpus
comment: A ping, three seconds of silence, and a text message: a time limit that the pong was written with has to be gone.

as server
frame PING "before"
await pong × 1 within 10s
wait 3s
message TEXT "after"
await message × 1 within 10s
end: ping, await the pong, close
