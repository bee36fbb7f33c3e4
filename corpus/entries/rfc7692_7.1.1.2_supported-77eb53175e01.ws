version: 1
rule: rfc7692/7.1.1.2/supported
role: server
expect: keep
origin: written for this corpus
comment: A response whose only parameter is client_no_context_takeover. A client that offered permessage-deflate has to support it.

as server
handshake extension "permessage-deflate; client_no_context_takeover"
message TEXT "no context" [never compressed]
await message within 2s
end: ping, await the pong, close
