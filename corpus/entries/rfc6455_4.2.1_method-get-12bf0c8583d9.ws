version: 1
rule: rfc6455/4.2.1/method-get
role: client
expect: refuse
origin: shrunk from rfc6455/4.2.1/method-ge
comment: Kills the mutant accept-request-method.

as client
handshake method "GE"
handshake to be refused
end: ping, await the pong, close
