version: 1
rule: rfc7692/7.2.1/client-empty-window
role: server
expect: keep
origin: shrunk from rfc7692/7.2.1/client-context-similar-to-client
comment: Kills the mutant deflate-client-context-kept.

as server
handshake extension "permessage-deflate; server_no_context_takeover; "
  "client_no_context_takeover; server_max_window_bits=8"
frame TEXT <04c1b99558210c00c05e7ebc89d3ed46dca71020c4e1e7de3df36291b526c6ef> <3f00> [rsv=4]
frame TEXT <04c1b99558210c00c05e7ebc91c3ed46dca71020c4e1e7de3df391bcb526c6ef> <3f00> [rsv=4]
end: ping, await the pong, close
