version: 1
rule: rfc6455/8.1/reason-fail
role: client
expect: fail 1007
origin: shrunk from rfc6455/8.1/reason-lone
comment: Kills the mutant accept-reason-not-utf8.

as client
close <03e880>
end: ping, await the pong, close
