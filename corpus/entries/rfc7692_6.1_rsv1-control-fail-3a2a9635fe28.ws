version: 1
rule: rfc7692/6.1/rsv1-control-fail
role: server
expect: fail 1002 1007
origin: shrunk from rfc7692/6.1/rsv1-ping-empty-to-client
comment: Kills the mutant accept-rsv1-control.

as server
handshake extension "permessage-deflate; server_no_context_takeover; "
  "client_no_context_takeover; server_max_window_bits=8"
frame PING [rsv=4]
end: ping, await the pong, close
