version: 1
rule: rfc6455/4.2.2/accept
rule: rfc6455/4.2.2/equal
role: client
expect: keep or refuse
origin: written for this corpus
comment: A request for a page, one for another version of the protocol, and then the right one, on one connection. A server that keeps the connection answers each by itself: the key is that of the last.

as client
handshake before "GET ${target} HTTP/1.1\r\nHost: ${authority}\r\n\r\n"
handshake before "GET ${target} HTTP/1.1\r\n"
  "Host: ${authority}\r\n"
  "Upgrade: websocket\r\n"
  "Connection: Upgrade\r\n"
  "Sec-WebSocket-Key: ${key}\r\n"
  "Sec-WebSocket-Version: 14\r\n\r\n"
message TEXT "Hello"
await message within 5s
end: ping, await the pong, close
