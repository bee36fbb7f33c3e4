version: 1
rule: wscheck/echo-content
rule: rfc6455/5.4/order
rule: rfc6455/5.4/receive-fragments
rule: rfc6455/6.1/opcode
rule: rfc6455/6.1/fin
rule: rfc6455/6.1/transmit
rule: rfc6455/6.2/parse
rule: rfc6455/6.2/type
rule: rfc6455/6.2/next-message
rule: rfc6455/6.2/unmask
role: client
expect: keep
origin: shrunk from autobahn/6.9.1
comment: Kills the mutant unmask-previous-key.

as client
frame TEXT "*"
end: ping, await the pong, close
