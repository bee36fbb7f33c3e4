version: 1
rule: rfc8441/5/protocol-refused
role: client
expect: any
origin: the case rfc8441/5/protocol-chat
comment: The :protocol chat.

as client
handshake raw "FIELDS HTTP/2\r\n"
  ":method: CONNECT\r\n"
  ":scheme: http\r\n"
  ":path: ${target}\r\n"
  ":authority: ${authority}\r\n"
  ":protocol: chat\r\n"
  "sec-websocket-version: 13\r\n\r\n"
handshake may be refused
end: ping, await the pong, close
