version: 1
rule: rfc7692/6.1/rsv1-control
rule: rfc7692/7.1.2.1/window-value
role: client
expect: keep
origin: shrunk from rfc7692/6.1/ping-before-empty-last
comment: Kills the mutants deflate-rsv1-control, answer-window-16.

as client
handshake extension "permessage-deflate; client_max_window_bits"
end: ping, await the pong, close
