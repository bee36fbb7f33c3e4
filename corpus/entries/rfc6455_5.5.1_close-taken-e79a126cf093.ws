version: 1
rule: rfc6455/5.5.1/close-taken
role: server
expect: keep
origin: written for this corpus
comment: Kills the mutant fail-on-close-private. A close frame with a code of the application's and a reason is as right as one with 1000.

as server
close 4000 "so long"
end: await the end of the connection
