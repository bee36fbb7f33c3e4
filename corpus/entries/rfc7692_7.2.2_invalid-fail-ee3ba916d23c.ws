version: 1
rule: rfc7692/7.2.2/invalid-fail
role: client
expect: fail 1002 1007
origin: shrunk from rfc7692/7.2.2/invalid-distance-before-start
comment: Kills the mutant accept-not-deflate.

as client
handshake extension "permessage-deflate; client_max_window_bits"
frame TEXT <0202> [rsv=4]
end: ping, await the pong, close
