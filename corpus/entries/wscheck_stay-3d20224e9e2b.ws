version: 1
rule: wscheck/stay
role: client
expect: keep
origin: written for this corpus
comment: A frame in two writes, 200 ms apart, for servers that ping on their own: our pong must wait for the end of the frame.

as client
frame TEXT "half of " [declared 16]
wait 200ms
data "a frame."
await message × 1 within 5s
end: ping, await the pong, close
