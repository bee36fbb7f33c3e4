// Package learn finds out the state machine of an implementation of WebSocket by
// asking it: what it answers to which inputs, and in which state it is then.
//
//   - [Alphabet] are the inputs: a text, a fragment, a ping, each way to close
//     wrongly. A [Dialogue] says them on a connection and makes of what comes back
//     an [Output], from which the content is abstracted away.
//   - [Learn] asks a [Peer] words of inputs until one machine is left.
//   - [Machine] is what was learned, with its text form ([Machine.Format],
//     [Parse]), as DOT, Mermaid and HTML.
//   - [Diff] are the shortest conversations that distinguish two machines, and
//     [Machine.Targets] those that reach each answer of one.
//
// The algorithm is L# (Vaandrager, Garhewal, Rot, Wißmann: A New Approach for
// Active Automata Learning Based on Apartness, 2022): all answers are kept in one
// tree, and nothing is asked that the tree answers. The end of a connection is the
// end of a word.
//
// Nothing here does I/O: package harness plays the words.
package learn
