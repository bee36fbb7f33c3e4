version: 1
rule: rfc7692/6.1/rsv1-continuation
rule: rfc7692/7.2.1/deflate
rule: rfc7692/7.2.1/padding
rule: rfc7692/7.2.1/tail
rule: rfc7692/6.1/compressed
rule: rfc7692/6.1/uncompressed
rule: rfc7692/7.2.1/fragment-tail
role: client
expect: keep
origin: shrunk from rfc7692/6.1/fragments-cut-0
comment: Kills the mutants deflate-rsv1-continuation, deflate-block-type, deflate-padding, deflate-tail-kept.

as client
handshake extension "permessage-deflate; client_max_window_bits"
frame TEXT
end: ping, await the pong, close
