version: 1
rule: rfc6455/8.1/utf8-fail
role: client
expect: fail 1007
origin: written for this corpus
comment: A surrogate, which no UTF-8 holds, over two frames.

as client
frame TEXT <ed> [continued]
frame CONT <a080>
await end within 2s
end: ping, await the pong, close
