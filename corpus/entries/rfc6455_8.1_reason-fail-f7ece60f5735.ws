version: 1
rule: rfc6455/8.1/reason-fail
role: server
expect: fail 1007
origin: written for this corpus
comment: Kills the mutant answer-close-reason. The code is one that only our side gives: where it comes back, the frame was taken.

as server
frame CLOSE "\r\x80sch\xf6n"
await end within 2s
end: drop the connection
