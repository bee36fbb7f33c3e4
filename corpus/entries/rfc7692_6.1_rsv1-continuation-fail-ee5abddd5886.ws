version: 1
rule: rfc7692/6.1/rsv1-continuation-fail
role: client
expect: fail 1002 1007
origin: shrunk from rfc7692/6.1/rsv1-empty-last-frame
comment: Kills the mutant accept-rsv1-continuation.

as client
handshake extension "permessage-deflate; client_max_window_bits"
frame TEXT [continued]
frame CONT [rsv=4]
end: ping, await the pong, close
