version: 1
rule: rfc6455/8.1/utf8-fail
role: server
expect: fail 1007
origin: shrunk from autobahn/6.6.1
comment: Kills the mutant accept-text-not-utf8.

as server
frame TEXT <ce>
end: ping, await the pong, close
