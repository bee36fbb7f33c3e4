version: 1
rule: rfc9113/8.2.2/connection-refused
role: client
expect: refuse
origin: the case rfc9113/8.2.2/connection
comment: The field connection.

as client
handshake raw "FIELDS HTTP/2\r\n"
  ":method: CONNECT\r\n"
  ":protocol: websocket\r\n"
  ":scheme: http\r\n"
  ":path: ${target}\r\n"
  ":authority: ${authority}\r\n"
  "sec-websocket-version: 13\r\n"
  "connection: upgrade\r\n\r\n"
handshake to be refused
end: ping, await the pong, close
