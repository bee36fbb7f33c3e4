version: 1
rule: rfc9113/6.9.1/overflow
role: client
expect: any
origin: the case rfc9113/6.9.1/overflow-connection
comment: A window of the connection of more than 2^31-1 octets.

as client
message TEXT "before"
await message × 1 within 5s
raw <0000040800000000007fffffff> [beneath the stream]
await end within 2s
end: ping, await the pong, close
