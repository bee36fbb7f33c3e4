version: 1
rule: rfc7692/6.1/rsv1-control-fail
role: client
expect: fail 1002 1007
origin: shrunk from rfc7692/6.1/rsv1-ping-empty
comment: Kills the mutant accept-rsv1-control.

as client
handshake extension "permessage-deflate; client_max_window_bits"
frame PING [rsv=4]
end: ping, await the pong, close
