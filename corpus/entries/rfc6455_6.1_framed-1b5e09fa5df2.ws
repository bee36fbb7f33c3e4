version: 1
rule: rfc6455/6.1/framed
role: client
expect: keep
origin: written for this corpus
comment: A text message whose content is a request. A server that goes on with
  HTTP after status 101 answers with a response where frames are due.

as client
frame TEXT "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"
await message × 1 within 5s
end: ping, await the pong, close
