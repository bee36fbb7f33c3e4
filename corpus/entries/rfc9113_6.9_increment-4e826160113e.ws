version: 1
rule: rfc9113/6.9/increment
role: client
expect: any
origin: the case rfc9113/6.9/zero-connection
comment: A WINDOW_UPDATE of 0 of the connection.

as client
message TEXT "before"
await message × 1 within 5s
raw <00000408000000000000000000> [beneath the stream]
await end within 2s
end: ping, await the pong, close
