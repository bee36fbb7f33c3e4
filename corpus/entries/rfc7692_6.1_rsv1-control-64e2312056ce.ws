version: 1
rule: rfc7692/6.1/rsv1-control
role: server
expect: keep
origin: shrunk from rfc7692/6.1/ping-before-empty-last-to-client
comment: Kills the mutant deflate-rsv1-control.

as server
handshake extension "permessage-deflate; server_no_context_takeover; "
  "client_no_context_takeover; server_max_window_bits=8"
end: ping, await the pong, close
