version: 1
rule: rfc6455/7.4.1/code-1010
role: client
expect: keep
origin: written for this corpus
comment: Kills the mutant close-code-1010. A server has no use for that code.

as client
message TEXT "hi"
await message × 1 within 5s
close
end: await the end of the connection
