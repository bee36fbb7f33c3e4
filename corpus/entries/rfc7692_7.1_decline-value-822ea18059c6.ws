version: 1
rule: rfc7692/7.1/decline-value
role: client
expect: keep
origin: shrunk from rfc7692/6/not-negotiated-declined
comment: Kills the mutant accept-offer-window-16.

as client
handshake extension "permessage-deflate; server_max_window_bits=16"
end: ping, await the pong, close
