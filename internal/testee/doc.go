// Package testee holds the endpoints that test nothing, and that other tests
// are made with: the roles of Autobahn|Testsuite's wstest beside the two that
// fuzz.
//
//   - A client under test: [Client] asks a fuzzing server for its cases and plays
//     them, one after the other.
//   - Broadcasting: [Broadcaster] sends every message to all its clients, and
//     [Listener] is one of those.
//   - Load: [Crowd] connects many clients at a time.
//
// They are made of [Conn], a plain connection for whole messages without
// extensions, which [Dialer] and [Accept] open. It is strict: a peer that breaks
// a rule is failed as RFC 6455 7.1.7 has it. Echoing endpoints, with
// permessage-deflate, are those of package reference.
package testee
