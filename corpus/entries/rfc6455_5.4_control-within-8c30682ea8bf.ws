version: 1
rule: rfc6455/5.4/control-within
rule: rfc6455/5.5.3/pong-payload
role: client
expect: keep
origin: written for this corpus
comment: A ping between the two frames of a message, in pieces of one octet.
  The ping is answered, and the message comes back.

as client
frame TEXT "be" [continued, in pieces of 1 octet]
frame PING "tween" [in pieces of 1 octet]
frame CONT "gin" [in pieces of 1 octet]
await message within 5s
end: ping, await the pong, close
