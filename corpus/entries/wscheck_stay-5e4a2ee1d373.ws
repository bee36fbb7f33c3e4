version: 1
rule: wscheck/stay
role: server
expect: keep
origin: written for this corpus
comment: Kills the mutant refuse-fragments-sum. Twelve messages in fragments, 288 KiB together, each once the one before is back.

as server
echo 12 × TEXT "wscheck " × 24576 [in frames of 8192 octets]
end: ping, await the pong, close
