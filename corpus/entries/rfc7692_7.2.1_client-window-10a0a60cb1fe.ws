version: 1
rule: rfc7692/7.2.1/client-window
role: server
expect: keep
origin: shrunk from rfc7692/7.1.2.2/answer-8
comment: Kills the mutant deflate-client-window-large.

as server
handshake extension "permessage-deflate; server_no_context_takeover; "
  "client_no_context_takeover; server_max_window_bits=8; " "client_max_window_bits=8"
handshake with the first frames in the same write
frame TEXT "rprijyuuaiefsfwjhdsilyaqykkumvfkbmmfkycduvykvieohqynlanrfmwowitlhatisg"
  "qjknlkribstdzgtvbknhcrwbbdvufmkyymnsufkmnnsrwjiighxjidrpaqvinsfoigzhuf"
  "mmcmtckzkokpnlitcfzrbgedmeftfqibztntlmmgolqjobqbxaectvvlmhodhvxuvcjgid"
  "senmbnieqnymlxzxsepgnqtglrntaakzumypyqilqefgsynbjmkkkhjueciatpoiekubce"
  "jmbufmxoqxowueucnixdvadhecengtkdjhwhcvockhzwsjskmprmqyajisgqnkuvyrchoq" "pnmqfj" to 612 octets
close 1000
await end within 500ms
end: drop the connection
