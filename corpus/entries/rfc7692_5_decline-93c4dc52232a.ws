version: 1
rule: rfc7692/5/decline
role: client
expect: keep
origin: written for this corpus
comment: Kills the mutant refuse-offer-window. An offer that a server does not want is declined by an answer without it.

as client
handshake extension "permessage-deflate; server_max_window_bits=9"
message TEXT "hi"
end: ping, await the pong, close
