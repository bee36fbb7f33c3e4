version: 1
rule: wscheck/echo-order
role: client
expect: keep
origin: shrunk from rfc6455/6.2/texts-2
comment: Kills the mutant echo-order.

as client
frame TEXT
frame TEXT "*"
end: ping, await the pong, close
