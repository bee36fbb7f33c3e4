version: 1
rule: rfc9113/8.5/tunnel-frames
role: client
expect: any
origin: the case rfc9113/8.5/trailers
comment: Trailers on the stream.

as client
message TEXT "before"
await message × 1 within 5s
raw <000010010500000001200087f2b784127293af854d833505b3> [beneath the stream]
await end within 2s
end: ping, await the pong, close
