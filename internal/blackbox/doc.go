// Package blackbox plays endless conversations made at random with an implementation in
// any language, over real connections, and keeps what it gets wrong.
//
//   - [Run] has workers play what package gen makes; the judge reads each
//     conversation.
//   - A [Finding] is a clause that was broken, with the script that shows it: made
//     short by playing shorter ones, played again to be sure, and written to a file.
//   - [Load] reads such files, and [Replay] plays them.
//
// Cases of the catalogue and the corpus come first, with random scripts among them.
// What shows something new of the peer is varied: see [gen.Pool]. Script n of a run
// depends on the seed, on n, on the number of jobs, and on what the peer answered to
// the scripts before. Who plays it when does not matter.
package blackbox
