// Package convert turns files of other formats into entries of a corpus, and
// entries into files.
//
//   - [Read] finds out what a file or folder holds, and reads it all: entries,
//     raw octets, seeds of go test, a zip of seeds, JSON vectors, or a capture.
//   - [Octets] makes one entry of octets, and names the clauses that it is about.
//   - [Export] writes entries in another format.
//   - [WriteAll] puts files into a folder: all of them, or none.
//   - [GoFuzzCorpus] reads the two folders of go-fuzz-corpus that are about
//     WebSocket.
//
// Nothing is played: what an entry is about is asked of package oracle.
package convert
