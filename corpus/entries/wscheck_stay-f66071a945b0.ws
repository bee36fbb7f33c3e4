version: 1
rule: wscheck/stay
role: server
expect: keep
feature: permessage-deflate
origin: oven-sh/bun#38632
comment: An agreed window of 8 bits, and then compressed messages.

as server
handshake extension "permessage-deflate; client_max_window_bits=8"
message TEXT "Hello, world!"
await message × 1 within 5s
message TEXT "Hello, world!"
await message × 2 within 5s
end: ping, await the pong, close
