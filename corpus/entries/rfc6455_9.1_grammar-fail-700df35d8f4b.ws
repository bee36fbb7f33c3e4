version: 1
rule: rfc6455/9.1/grammar-fail
role: server
expect: keep or refuse
origin: shrunk from rfc6455/9.1/answer-no-name
comment: Kills the mutant accept-response-extension-syntax.

as server
handshake line "Sec-WebSocket-Extensions: ; a=1\r\n"
handshake to be refused
frame TEXT
await message × 1 within 5s
end: ping, await the pong, close
