version: 1
rule: rfc6455/7.1.5/close-once
rule: rfc6455/7.1.7/close-tcp
rule: rfc6455/5.2/rsv-fail
role: client
expect: fail 1002 1008
origin: go-fuzz-corpus, websocketserver/corpus, b858cb282617fb0956d960215c8e84d1ccf909c6-40, shrunk
comment: Half a header with a reserved bit: what our side sends next becomes the rest of the frame. A server
  that fails for the bit closes the connection once; one that does not waits for what the frame lacks.

as client
raw "*"
end: ping, await the pong, close
