// Package matrix plays the suite with many peers that text files describe: how each is
// installed, built and started.
//
//   - [Load] reads the files of a folder, [Parse] one of them; what is read is a [Peer].
//   - [Play] builds peers and plays them side by side, each into a report of its own;
//     [Merge] makes one report of those.
//   - [WritePage] makes a page in Markdown of such reports.
package matrix
