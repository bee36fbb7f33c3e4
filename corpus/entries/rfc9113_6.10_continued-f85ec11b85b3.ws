version: 1
rule: rfc9113/6.10/continued
role: client
expect: keep
origin: the case rfc9113/6.10/head-40
comment: The header list of the extended CONNECT in frames of 40 octets.

as client
delivery [head 40]
message TEXT "continued"
await message × 1 within 5s
end: ping, await the pong, close
