version: 1
rule: rfc6455/5.5.2/pong-prompt
role: client
expect: keep
origin: case rfc6455/5.5.2/ping-0
comment: A ping of 0 octets, and time for its pong. Then a close.

as client
frame PING
await pong × 2 within 2s
close 1000
end: await the end of the connection
