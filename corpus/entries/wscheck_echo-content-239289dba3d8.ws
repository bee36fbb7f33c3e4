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
role: server
expect: keep
origin: shrunk from autobahn/6.7.1
comment: Kills the mutant send-mask-unapplied.

as server
frame TEXT "*"
end: ping, await the pong, close
