// Package catalogue holds the cases of the suite as data: each a script, the
// words that a report has for it, and what is expected of the peer.
//
// Lists of cases:
//   - [All] is the whole suite, [Autobahn] the 517 cases of
//     Autobahn|Testsuite in its order of execution.
//   - [Categories], [Subcategories] and [Case.Sections] group them for reports.
//
// Choosing among them:
//   - [Select] and [SelectSpec] by patterns of the command line and of a
//     fuzzingclient.json.
//   - [ParseExcludeAgent] by the agent that is tested.
//
// The tables stand in one file for each of Autobahn's sections, the octets of
// the UTF-8 cases in utf8.go. What messages of sections 12 and 13 carry is made
// by the package data below this one.
package catalogue
