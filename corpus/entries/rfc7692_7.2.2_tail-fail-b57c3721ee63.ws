version: 1
rule: rfc7692/7.2.2/tail-fail
role: client
expect: keep or fail
origin: shrunk from rfc7692/7.2.1/tail-no-octet
comment: Kills the mutant accept-tail.

as client
handshake extension "permessage-deflate; client_max_window_bits"
frame TEXT [rsv=4]
end: ping, await the pong, close
