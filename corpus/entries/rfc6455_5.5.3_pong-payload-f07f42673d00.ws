version: 1
rule: rfc6455/5.5.3/pong-payload
role: client
expect: keep
origin: written for this corpus
comment: Kills the mutant pong-wrong-100: a later ping does not excuse a pong that all but repeats this one.

as client
frame PING "ping of 100 octets ping of 100 octets ping of 100 octets ping of 100 "
  "octets ping of 100 octets ping "
await pong within 5s
end: ping, await the pong, close
