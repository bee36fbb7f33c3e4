version: 1
rule: rfc7692/7.2.2/unfinished-fail
role: client
expect: keep or fail
origin: shrunk from rfc7692/7.2.2/unfinished-fixed-octet
comment: Kills the mutant accept-deflate-unfinished.

as client
handshake extension "permessage-deflate; client_max_window_bits"
frame TEXT "*" [rsv=4]
end: ping, await the pong, close
