version: 1
rule: rfc7692/7.2.2/unfinished-fail
role: server
expect: keep or fail
origin: shrunk from rfc7692/7.2.2/unfinished-fixed-octet-to-client
comment: Kills the mutant accept-deflate-unfinished.

as server
handshake extension "permessage-deflate; server_no_context_takeover; "
  "client_no_context_takeover; server_max_window_bits=8"
frame TEXT "*" [rsv=4]
end: ping, await the pong, close
