version: 1
rule: rfc7692/7.2.1/server-window
role: client
expect: keep
origin: shrunk from rfc7692/7.2.1/server-window-8
comment: Kills the mutant deflate-window-large.

as client
handshake extension "permessage-deflate; server_max_window_bits=8"
frame TEXT "huuuosexlkzfoytzrdekiwkrvzcktsnthedpjfqescakwffcicoingqtppmwjgjsujlgbf"
  "ulovzzcuezexjqzbfcxcgdnrjclbrkpxlpkjflhmsieeohhtpfoygpevzgvaxcpcebcaee"
  "nfseisbpojjhzckgtjgnzzzzvbnwpycmikzvcixiiricmdkbytkydehugzvfmmphmgpjzg"
  "drhdjvtcnzkrpuzkndjoosfkxdxilwftyalmwfdhnpmujwf" to 261 octets
end: ping, await the pong, close
