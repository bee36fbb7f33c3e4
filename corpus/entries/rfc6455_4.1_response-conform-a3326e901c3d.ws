version: 1
rule: rfc6455/4.1/response-conform
role: server
expect: keep or refuse
origin: shrunk from rfc6455/11.3.3/accept-twice
comment: Kills the mutant accept-response-accept-twice.

as server
handshake line "Sec-WebSocket-Accept: ${accept}\r\n"
handshake to be refused
frame TEXT
await message × 1 within 5s
end: ping, await the pong, close
