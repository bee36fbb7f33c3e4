version: 1
rule: wscheck/peer-bloated
rule: rfc6455/10.4/protect
role: server
expect: fail 1009
origin: case rfc6455/10.4/length-2-31-minus-1-text
comment: The header of a text frame that declares a length of 2^31 - 1, and 5 octets of payload; after a while, the end of the connection.

as server
frame TEXT "hello" [64-bit length, declared 2147483647]
wait 500ms
drop
end: ping, await the pong, close
