version: 1
rule: rfc6455/5.5/control-fragmented-fail
role: client
expect: fail 1002
origin: written for this corpus
comment: Kills the mutant answer-close-fragmented. The code is one that only our side gives: where it comes back, the frame was taken.

as client
frame CLOSE <0d80> [continued]
await end within 2s
end: drop the connection
