// Package matrix plays the suite with many peers that text files describe: how each is
// installed, built and started.
//
//   - [Load] reads the files of a folder, [Parse] one of them; what is read is a [Peer].
//   - [Peer.Prepare] finds out the release of a peer, and builds it.
//   - [Servers] and [Clients] play peers of one role, one after the other, into one
//     report.
//   - [WritePage] makes a page in Markdown of such reports.
package matrix
