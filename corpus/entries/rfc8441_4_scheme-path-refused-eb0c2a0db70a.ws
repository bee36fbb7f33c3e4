version: 1
rule: rfc8441/4/scheme-path-refused
role: client
expect: refuse
origin: the case rfc8441/4/no-scheme
comment: An extended CONNECT without :scheme.

as client
handshake raw "FIELDS HTTP/2\r\n"
  ":method: CONNECT\r\n"
  ":protocol: websocket\r\n"
  ":path: ${target}\r\n"
  ":authority: ${authority}\r\n"
  "sec-websocket-version: 13\r\n\r\n"
handshake to be refused
end: ping, await the pong, close
