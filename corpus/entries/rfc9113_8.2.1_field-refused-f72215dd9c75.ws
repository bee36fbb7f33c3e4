version: 1
rule: rfc9113/8.2.1/field-refused
role: client
expect: refuse
origin: the case rfc9113/8.2.1/name-sec-websocket-protocol22 2 83
comment: A field named Sec-WebSocket-Protocol.

as client
handshake raw "FIELDS HTTP/2\r\n"
  ":method: CONNECT\r\n"
  ":protocol: websocket\r\n"
  ":scheme: http\r\n"
  ":path: ${target}\r\n"
  ":authority: ${authority}\r\n"
  "sec-websocket-version: 13\r\n"
  "Sec-WebSocket-Protocol: chat\r\n\r\n"
handshake to be refused
end: ping, await the pong, close
