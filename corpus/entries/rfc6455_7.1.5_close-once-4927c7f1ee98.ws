version: 1
rule: rfc6455/7.1.5/close-once
rule: rfc6455/7.1.7/close-tcp
rule: rfc6455/5.2/rsv-fail
role: client
expect: fail 1002 1008
origin: go-fuzz-corpus, websocketserver/corpus, b858cb282617fb0956d960215c8e84d1ccf909c6-40, shrunk
comment: Half a header with a reserved bit, and a while later the rest of the frame.
  A server that fails for the bit closes the connection once.

as client
raw "*"
wait 100ms
raw <8000000000>
await end within 2s
end: ping, await the pong, close
