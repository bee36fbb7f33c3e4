// Package jsonvec makes test vectors for WebSocket libraries without I/O, in
// whatever language: octets that a library is given after the opening handshake,
// and what it has to make of them. schema.json is the JSON Schema of the file.
//
//   - [FromScript] makes a vector of a script, [Format] the file of many, and
//     [Parse] reads one.
//   - [Vector.Script] is the way back.
//
// Nothing that a vector expects is typed by hand. Which octet a library has to
// fail at, by which clause and with which close codes is asked of package
// oracle, which is shown peers that take the octets, and peers that fail at each
// of them.
package jsonvec
