version: 1
rule: wscheck/echo-missing
role: client
expect: keep
origin: shrunk from rfc6455/5.2/length-0-text
comment: Kills the mutant echo-missing.

as client
frame TEXT
await message × 1 within 5s
end: ping, await the pong, close
