version: 1
rule: rfc6455/4.1/interim
role: server
expect: keep
origin: from rfc6455/4.1/interim-103
comment: An interim response comes before status 101. Many clients know 101 alone.

as server
handshake raw "HTTP/1.1 103 Early Hints\r\n\r\n"
  "HTTP/1.1 101 Switching Protocols\r\n"
  "Upgrade: websocket\r\n"
  "Connection: Upgrade\r\n"
  "Sec-WebSocket-Accept: ${accept}\r\n\r\n"
end: ping, await the pong, close
