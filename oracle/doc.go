// Package oracle says whether an implementation of WebSocket keeps RFC 6455 and
// RFC 7692. It holds what a test does ([Script]), what came of it ([Trace]) and
// what is to be said of that ([Verdict]); it does no I/O, and depends on
// nothing but the octets.
//
// The requirements:
//   - [Clause] is one of them, [Clauses] yields them all, [Lookup] finds one.
//
// Judging:
//   - [JudgeTrace] judges a whole conversation;
//   - [Judge] does so as it goes on, event by event, and tells which clauses
//     were put to the test ([Judge.Exercised]);
//   - [Options] say what the peer is asked to do beyond the RFCs: to echo.
//
// The judge never calls a conforming peer wrong, however unusual it is: what is
// a SHOULD, or can be read in two ways, is [Allowed], and what a conversation
// does not show is [Inconclusive]. Since what the peer has read of our octets
// by the time it sends its own is not known, it follows a set of the
// possibilities, and a clause is broken when none is left.
//
// Its files follow the RFCs: opening*.go is RFC 6455 4, framing.go is 5.1 to
// 5.4, control.go is 5.5.2 and 5.5.3, close.go is 5.5.1 and 7.4, ending.go is
// 7.1, extensions.go and compression.go are RFC 7692, and echo.go is no RFC.
// stream.go takes the octets of one direction apart, ours.go follows what we
// send and theirs.go judges what the peer sends.
package oracle
