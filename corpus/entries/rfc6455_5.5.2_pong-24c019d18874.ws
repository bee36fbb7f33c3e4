version: 1
rule: rfc6455/5.5.2/pong
role: server
expect: keep
origin: written for this corpus
comment: Kills the mutant hold-mid-frame. A ping and half of a frame in one write: the pong must not wait for the other half.

as server
frame PING "before half a frame"
frame TEXT "half of " [declared 16]
await end within 2s
end: drop the connection
