version: 1
rule: rfc7692/7.2.1/server-empty-window
role: client
expect: keep
origin: shrunk from rfc7692/7.2.1/server-context-similar
comment: Kills the mutant deflate-context-kept.

as client
handshake extension "permessage-deflate; server_no_context_takeover"
frame TEXT "{\"ev"
frame TEXT "{\"ev"
end: ping, await the pong, close
