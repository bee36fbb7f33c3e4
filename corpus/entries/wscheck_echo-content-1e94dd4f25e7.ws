version: 1
rule: wscheck/echo-content
role: server
expect: keep
origin: written for this corpus
comment: Kills the mutant echo-without-lf. A text that ends in a newline.

as server
message TEXT "a\n"
await message × 1 within 5s
end: ping, await the pong, close
