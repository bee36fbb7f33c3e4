version: 1
rule: rfc6455/9.1/grammar-fail
role: client
expect: keep or refuse
origin: shrunk from rfc6455/9.1/offer-no-name
comment: Kills the mutant accept-request-extension-syntax.

as client
handshake line "Sec-WebSocket-Extensions: ; a=1\r\n"
handshake to be refused
end: ping, await the pong, close
