version: 1
rule: rfc6455/4.2.2/equal
rule: rfc6455/4.2.1/connection
role: client
expect: keep
origin: websocket.zig#4, robaho/httpserver#12, websocket-php#39, suave#706, tyrus#399 and more
comment: The Connection field as Firefox sends it. Servers that compare the whole value refuse it.

as client
handshake without Connection
handshake field "Connection: keep-alive, Upgrade"
message TEXT "hi"
end: ping, await the pong, close
