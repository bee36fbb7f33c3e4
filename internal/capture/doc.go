// Package capture reads WebSocket conversations out of packet captures and the like:
// [Read] takes a pcap or a pcapng file and returns what each TCP connection that asked
// for an upgrade carried, as traces that package oracle can judge. It takes a browser's
// HTTP archive (HAR) and what tshark prints of a connection over TLS too.
//
// Its files follow the layers: pcap.go and pcapng.go are the two file formats of
// captures, link.go is what lies below TCP, tcp.go puts one direction of a connection
// together, flow.go makes a conversation of two of them, har.go and follow.go read the
// other formats, and read.go is all of it.
//
// A capture shows less than an engine knows. Where packets are missing from it,
// the trace says so (an event whose N is more than its octets), and the judge
// holds nothing against a peer from there on. That a peer did not do something
// is shown by the end of its stream, and by nothing else. TLS is not decrypted:
// no well-kept Go library does that, and tshark does.
//
// The package opens no file and takes no memory on the word of one: all lengths
// are bounded, by [Limits] and by the octets that there are.
package capture
