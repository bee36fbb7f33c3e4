version: 1
rule: wscheck/echo-missing
role: server
expect: keep
origin: written for this corpus
comment: Kills the mutant hold-at-buffer. A frame that ends where a read buffer of 4 KiB does, and silence after it.

as server
message BINARY "a" × 4092
await message × 1 within 5s
end: drop the connection
