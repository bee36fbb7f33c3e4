version: 1
rule: rfc6455/6.1/framed
role: server
expect: keep
origin: written for this corpus
comment: A text message whose content is a response. A client that goes on with
  HTTP after status 101 makes another request where frames are due.

as server
frame TEXT "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"a\"\r\n\r\n"
await message × 1 within 5s
end: ping, await the pong, close
