version: 1
rule: rfc6455/5.5.3/pong-payload
role: client
expect: keep
origin: written for this corpus
comment: A ping within a binary message. A peer that answers it with an empty pong must not pass for one that answers.

as client
frame BINARY <fffe> [continued]
frame PING "within"
await pong × 1 within 5s
frame CONT <fd>
await message × 1 within 5s
close 1000
end: await the end of the connection
