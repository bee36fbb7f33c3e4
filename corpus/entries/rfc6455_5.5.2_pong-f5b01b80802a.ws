version: 1
rule: rfc6455/5.5.2/pong
role: client
expect: keep
origin: written for this corpus
comment: Kills the mutant hold-mid-frame. A ping and half of a frame in one write: the pong must not wait for the other half.

as client
frame PING "before half a frame"
frame TEXT "half of " [declared 16]
await end within 2s
end: drop the connection
