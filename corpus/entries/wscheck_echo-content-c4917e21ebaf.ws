version: 1
rule: wscheck/echo-content
role: client
expect: keep
origin: written for this corpus
affected: github.com/lxzan/gws 1.8.9
comment: Kills the mutant deflate-pong-in-window. A pong comes between compressed messages; its payload is no part of the
  window (RFC 7692 7.2.1). A peer that takes it in refers to the wrong octets from then on.

as client
handshake extension "permessage-deflate; client_max_window_bits"
frame TEXT "kemubcrdlsbqgbcnnchcrnbsdhuusbssmbhbrejnerdsjrvfdssugldrwcsbtgpvrnykos"
  "oljhzfwyhcsjqpkxojtcdqnfykepnbvcyrszkkwltpszoccipwvcbxwjusvojwmvlaolft"
  "dpbgyjexhmmpcfomrienriwnlvmhecfehvhapsfijaenrltskewqtuvxboyv"
frame TEXT "zrmmmmdpumbgcgofdktbdaserdltacgtmeuiltlpddpoppjcedxkxipwfqagqlewrayqju"
  "cwiqlflyhrryqkuhtzzygzhmxzhgqplxaazipigwtlozxllchdhpgkgpttapulzucvdmzw"
  "ygpfnzukczxmomxcxffeaesozuettpvlerreaazxudqxenggaigjqhyskirn"
await message × 2 within 4s
frame PING "between"
await pong within 4s
frame TEXT "zrmmmmdpumbgcgofdktbdaserdltacgtmeuiltlpddpoppjcedxkxipwfqagqlewrayqju"
  "cwiqlflyhrryqkuhtzzygzhmxzhgqplxaazipigwtlozxllchdhpgkgpttapulzucvdmzw"
  "ygpfnzukczxmomxcxffeaesozuettpvlerreaazxudqxenggaigjqhyskirn"
await message × 3 within 4s
end: ping, await the pong, close
