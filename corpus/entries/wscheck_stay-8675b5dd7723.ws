version: 1
rule: wscheck/stay
role: server
expect: keep
origin: written for this corpus
comment: Each compressed message is a reference to the one before. An empty message, and a ping within a message, leave the window as it was. Kills the mutants inflate-context-lost-empty, inflate-context-lost-at-ping.

as server
handshake extension "permessage-deflate"
frame TEXT "*.H\xcc\xd5QHMO/\xd6QHJL\xce\xcfSH\xccKQ(N,-NLO\xb5V\x00\x00" [rsv=4]
frame TEXT <00> [rsv=4]
frame TEXT <2ac62f0d00> [rsv=4]
frame TEXT "be" [continued]
frame PING "within"
frame CONT "tween"
frame TEXT <22200d00> [rsv=4]
end: ping, await the pong, close
