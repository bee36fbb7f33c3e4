version: 1
rule: wscheck/echo-content
role: server
expect: keep
origin: written for this corpus
affected: github.com/lxzan/gws 1.8.9
comment: Kills the mutant deflate-pong-in-window. A pong comes between compressed messages; its payload is no part of the
  window (RFC 7692 7.2.1). A peer that takes it in refers to the wrong octets from then on.

as server
handshake extension "permessage-deflate"
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
