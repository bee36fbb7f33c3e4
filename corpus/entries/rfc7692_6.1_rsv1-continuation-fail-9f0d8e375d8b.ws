version: 1
rule: rfc7692/6.1/rsv1-continuation-fail
role: client
expect: fail 1002
origin: written for this corpus
comment: RSV1 in the last of three frames of an uncompressed message.

as client
handshake extension "permessage-deflate; client_max_window_bits"
frame TEXT "Hel" [continued]
frame CONT "lo" [continued]
frame CONT "!" [rsv=4]
await end within 2s
end: ping, await the pong, close
