version: 1
rule: rfc8441/4/scheme-path
rule: rfc8441/5/protocol
rule: rfc8441/5/no-upgrade
role: server
expect: keep
origin: the case rfc8441/5/data-100-text
comment: A short message. The header list of the client is all there is to see.

as server
delivery [data 100]
message TEXT "Hello, HTTP/2"
await message × 1 within 5s
end: ping, await the pong, close
