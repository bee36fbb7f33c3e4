version: 1
rule: rfc7692/7.1/decline-repeated
role: client
expect: keep
origin: shrunk from rfc7692/7.1.2.2/offer-twice
comment: Kills the mutant accept-offer-repeated.

as client
handshake line "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; "
  "client_max_window_bits\r\n"
end: ping, await the pong, close
