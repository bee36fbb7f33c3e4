version: 1
rule: rfc8441/3/value
rule: rfc8441/3/kept
rule: rfc8441/5/status
rule: rfc8441/5/no-key
rule: rfc8441/5/end-stream
rule: rfc9113/3.4/settings-first
rule: rfc9113/6/frames
rule: rfc9113/8.2/fields
rule: rfc9113/8.3/pseudo
role: client
expect: keep
origin: the case rfc8441/5/data-100-text
comment: A short message. What the server announces, answers and ends with is all there is to see.

as client
delivery [data 100]
message TEXT "Hello, HTTP/2"
await message × 1 within 5s
end: ping, await the pong, close
