version: 1
rule: rfc7692/6.1/rsv1-continuation-fail
role: server
expect: fail 1002
origin: written for this corpus
comment: RSV1 in the last of three frames of an uncompressed message.

as server
handshake extension "permessage-deflate; server_no_context_takeover; "
  "client_no_context_takeover; server_max_window_bits=8"
frame TEXT "Hel" [continued]
frame CONT "lo" [continued]
frame CONT "!" [rsv=4]
await end within 2s
end: ping, await the pong, close
