version: 1
rule: rfc7692/6.1/rsv1-continuation-fail
role: server
expect: fail 1002 1007
origin: shrunk from rfc7692/6.1/rsv1-empty-last-frame-to-client
comment: Kills the mutant accept-rsv1-continuation.

as server
handshake extension "permessage-deflate; server_no_context_takeover; "
  "client_no_context_takeover; server_max_window_bits=8"
frame TEXT [continued]
frame CONT [rsv=4]
end: ping, await the pong, close
