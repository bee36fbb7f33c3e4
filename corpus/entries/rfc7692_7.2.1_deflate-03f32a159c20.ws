version: 1
rule: rfc7692/7.2.1/deflate
rule: rfc7692/7.2.1/padding
rule: rfc7692/7.2.1/tail
rule: rfc7692/6.1/compressed
rule: rfc7692/6.1/uncompressed
rule: rfc7692/7.2.1/fragment-tail
role: server
expect: keep
origin: shrunk from rfc7692/7.1/preset-plain
comment: Kills the mutants deflate-block-type, deflate-padding, deflate-tail-kept.

as server
handshake extension "permessage-deflate"
frame TEXT
end: ping, await the pong, close
