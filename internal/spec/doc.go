// Package spec reads the spec files of Autobahn|Testsuite, as they stand in
// people's repositories.
//
//   - [Load] reads a fuzzingclient.json or fuzzingserver.json, a [Spec]. Its
//     [Spec.Times] are what its options say that has a meaning here.
//   - [LoadMassConnect] reads a massconnect.json.
//   - [Default] is the file that a mode starts from where there is none, and
//     [Generate] writes it.
//
// Keys that are not known are ignored, as the original does. Errors name the
// file, and where the JSON is wrong, the line and the column.
package spec
