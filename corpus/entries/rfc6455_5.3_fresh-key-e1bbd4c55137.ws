version: 1
rule: rfc6455/5.3/fresh-key
rule: rfc6455/10.3/new-key
role: server
expect: keep
origin: shrunk from rfc6455/6.2/texts-2
comment: Kills the mutant send-mask-constant.

as server
frame TEXT
frame TEXT
end: ping, await the pong, close
