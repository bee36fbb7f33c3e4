// Package gen makes scripts.
//
//   - [Decode] reads any octets as a script, which is how a native fuzzer speaks to
//     the harness, and [Encode] writes the octets that come closest to a script,
//     for seeds.
package gen
