// Package raw turns octets into scripts and scripts into octets: what fuzzers
// (go-fuzz, libFuzzer, AFL++, and those that write an octet stream as it is) keep
// as files, and what was cut out of a capture.
//
//   - [Script] makes a script of all that one side sends, opening handshake
//     included, and [Frames] one of what follows a correct handshake.
//   - [Octets] is the way back: what Script was given, octet for octet.
//   - [Answer] lets a server's octets answer the key of any client that they are
//     played to.
//   - [ReadFolder] reads a folder of such files.
package raw
