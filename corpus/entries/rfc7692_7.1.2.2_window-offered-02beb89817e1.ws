version: 1
rule: rfc7692/7.1.2.2/window-offered
role: client
expect: keep
origin: shrunk from rfc7692/7.2.2/distance-256
comment: Kills the mutant answer-window-unoffered.

as client
handshake extension "permessage-deflate"
end: ping, await the pong, close
