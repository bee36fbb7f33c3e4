version: 1
rule: rfc6455/5.4/control-within
role: client
expect: keep
origin: written for this corpus
comment: An unsolicited pong between the two frames of a message. A peer that takes it for the end of the message, or fails, breaks the rule.

as client
frame TEXT "half " [continued]
frame PONG "unasked"
frame CONT "and half"
await message within 2s
end: ping, await the pong, close
