version: 1
rule: rfc7692/7.2.2/overrun-fail
role: server
expect: keep or fail
origin: shrunk from rfc7692/7.1.2.1/window-overrun-8-one-octet-to-client
comment: Kills the mutant accept-overrun.

as server
handshake extension "permessage-deflate; server_no_context_takeover; "
  "client_no_context_takeover; server_max_window_bits=8"
frame TEXT <2a18e90011000000> [rsv=4]
end: ping, await the pong, close
