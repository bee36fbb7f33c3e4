version: 1
rule: rfc6455/8.1/reason-fail
role: server
expect: fail 1007
origin: shrunk from rfc6455/8.1/reason-latin-1-ping
comment: Kills the mutant accept-reason-not-utf8.

as server
frame CLOSE <03e8f6>
end: ping, await the pong, close
