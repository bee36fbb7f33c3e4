version: 1
rule: rfc6455/7.4.1/extensions-listed
role: server
expect: keep
origin: case rfc6455/4.1/request
comment: The plain response of RFC 6455 4.2.2, with no field that it could do without, for any offer of the client.

as server
frame TEXT "Hello, world!"
await message × 1 within 5s
end: ping, await the pong, close
