version: 1
rule: rfc6455/4.2.2/equal
role: client
expect: keep or refuse
origin: written for this corpus
comment: A request for a page and the beginning of the opening handshake in one write; the rest follows once the first is answered. A server that keeps the connection loses nothing of what came with the first.

as client
handshake before "GET ${target} HTTP/1.1\r\nHost: ${authority}\r\n\r\n"
handshake begun early
message TEXT "Hello"
await message within 5s
end: ping, await the pong, close
