version: 1
rule: wscheck/echo-content
role: server
expect: keep
feature: permessage-deflate
origin: oven-sh/bun#34105
affected: bun client before 1.4.0
comment: A message of 200 KiB that ends with a final block, and a sync-flushed one after it, context taken over.

as server
handshake extension "permessage-deflate"
frame BINARY <00ffff0000> ("ab" × 32767) <6300ffff0000> ("de" × 32767) <6600ffff0000>
  ("gh" × 32767) <6901ffff0000> ("jk" × 32767) <6c00> [rsv=4]
await message × 1 within 5s
message TEXT "hello after bfinal " × 30
await message × 2 within 5s
message TEXT "third " × 30
await message × 3 within 5s
end: ping, await the pong, close
