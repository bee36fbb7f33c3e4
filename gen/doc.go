// Package gen makes scripts, and makes them shorter.
//
// Conversations are made by a generator that knows in which state they are: they
// are mostly legal, so that they reach deep, and have faults put in on purpose,
// each known by its name and by the clauses that it puts to the test.
//   - [Random] makes one from any random numbers, at 100,000 a second: what to
//     throw at a peer over a real connection.
//   - [Conversations] is the same over the draws of rapid, which shrinks them.
//   - [Conversation] is what both make, with the [Fault] or two that are in it.
//
// Programs are the form in which a native fuzzer speaks: a few octets for each
// step, and each of them matters.
//   - [Decode] reads any octets as a script.
//   - [Encode] writes the octets that come closest to a script, for seeds.
//
// Shrinking works on any script.
//   - [Shrink] looks for the simplest script that still shows the same.
//   - [Cost] returns the size of one.
//
// Its files: draft.go is the conversation, course*.go and ending.go are its legal steps,
// mistake*.go what is put in wrong, opening.go and extension.go the opening handshakes,
// text.go and deflated.go the payloads, program.go, decode.go and encode.go the programs,
// shrink*.go the shrinker. Opening handshakes and damaged payloads are those of the cases in
// package internal/catalogue.
package gen
