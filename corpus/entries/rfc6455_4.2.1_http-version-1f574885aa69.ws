version: 1
rule: rfc6455/4.2.1/http-version
role: client
expect: refuse
origin: shrunk from rfc6455/4.2.1/http-missing-minor
comment: Kills the mutant accept-request-http-version.

as client
handshake protocol "HTTP/1"
handshake to be refused
end: ping, await the pong, close
