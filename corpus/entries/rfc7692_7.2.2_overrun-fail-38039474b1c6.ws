version: 1
rule: rfc7692/7.2.2/overrun-fail
role: client
expect: keep or fail
origin: shrunk from rfc7692/7.1.2.2/window-overrun-8-one-octet
comment: Kills the mutant accept-overrun.

as client
handshake extension "permessage-deflate; client_max_window_bits=8"
frame TEXT <2a18e90011000000> [rsv=4]
end: ping, await the pong, close
