// Package oracle judges whether an implementation of WebSocket keeps RFC 6455, RFC
// 7692 and RFC 8441. A [Script] says what our side does on one connection, a [Trace]
// is what both sides did, and a [Verdict] is what the judge says of that. The package
// does no I/O and has no clock.
//
// The requirements:
//   - [Clause] is one of them, [Clauses] yields them all, [Lookup] finds one.
//
// Judging:
//   - [JudgeTrace] judges a whole conversation;
//   - [Judge] does so event by event, and reports which clauses the conversation
//     gave the peer an opportunity to break ([Judge.Exercised]);
//   - [Options] say what the peer is asked to do beyond the RFCs, such as to echo.
//
// The judge never calls a conforming peer wrong, however unusual it is. Where the RFC
// has a SHOULD, or can be read in two ways, the outcome is [Allowed]. What a
// conversation does not show is [Inconclusive]. The judge does not know how much of our
// octets the peer has read by the time it sends its own, so it follows the set of the
// possibilities. A clause is broken when none is left.
//
// # Files
//
// Each file of rules has its clauses, what judges them, and the state that this needs:
//   - opening_client.go and opening_server.go: RFC 6455 4, after opening.go, which
//     follows the handshake;
//   - framing.go: 5.1 to 5.4, on one frame; theirs.go: on what follows what;
//   - control.go: 5.5.2 and 5.5.3; close.go: 5.5.1 and 7.4; ending.go: 7.1;
//   - extensions.go and compression.go: RFC 7692; http2.go: RFC 8441 and RFC 9113;
//   - compare.go: what only a second conversation shows;
//   - echo.go and answers.go: what the peer does with messages, which no RFC defines;
//     conduct.go: what no peer may do, such as to die.
//
// stream.go takes the octets of one direction apart, ours.go follows what we send, and
// theirs.go passes on what the peer sends.
//
// # Adding a clause
//
// All of the steps in this package are in the file of the rules that the clause belongs to.
//
//  1. Declare the clause: ruleName = newRule(clause(id, level, bindsBoth, text)). The id is
//     document, section and a word or two, and never changes. The text follows the level:
//     "mask a frame." makes "MUST NOT mask a frame." Add noted, disputed, broken or wanted
//     where the text alone does not do. A clause that cannot be observed goes into the
//     list of unjudged, with unseen or sameAs.
//  2. Report it where the file judges: j.exercise(ruleName) where the peer has the
//     opportunity to break the clause, and j.report(ruleName, offset, ruleName.want(), got)
//     where it does. got is a noun phrase: what was seen. Use j.reportSilence for what the
//     peer did not do, in a method that judge.go calls when the peer had its chance.
//  3. Show both sides: add a conversation that breaks the clause and one that keeps it to the
//     cases of judge_test.go. TestClauseCases fails for a clause without them.
//  4. Outside of this package, add a mutant of the reference endpoint, a case of the
//     catalogue and a corpus entry. The tests of internal/mutation name each that is missing.
//
// `go test ./oracle ./internal/mutation` shows whether all of them fit.
package oracle
