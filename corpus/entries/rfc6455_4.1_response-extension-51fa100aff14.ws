version: 1
rule: rfc6455/4.1/response-extension
rule: rfc7692/5/offered-fail
role: server
expect: refuse
origin: shrunk from rfc6455/9.1/answer-never-offered
comment: Kills the mutant accept-response-extension-unoffered.

as server
handshake line "Sec-WebSocket-Extensions: x-wscheck-never\r\n"
handshake to be refused
frame TEXT
await end within 2s
end: ping, await the pong, close
