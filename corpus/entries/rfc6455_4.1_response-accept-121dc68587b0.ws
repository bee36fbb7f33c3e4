version: 1
rule: rfc6455/4.1/response-accept
rule: rfc6455/7.2.1/fail
role: server
expect: refuse
origin: written for this corpus
comment: The answer to the key in lower case: base64 tells letters by their case.

as server
handshake accept "${accept-lower}"
handshake to be refused
frame TEXT "Hello, world!"
await end within 2s
end: drop the connection
