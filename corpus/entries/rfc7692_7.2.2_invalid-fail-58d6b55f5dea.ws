version: 1
rule: rfc7692/7.2.2/invalid-fail
role: server
expect: fail 1002 1007
origin: shrunk from rfc7692/7.2.2/invalid-text-to-client
comment: Kills the mutant accept-not-deflate.

as server
handshake extension "permessage-deflate; server_no_context_takeover; "
  "client_no_context_takeover; server_max_window_bits=8"
frame TEXT "H****" [rsv=4]
end: ping, await the pong, close
