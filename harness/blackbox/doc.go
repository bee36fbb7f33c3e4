// Package blackbox plays endless random conversations with an implementation in
// any language, over real connections, and keeps what it gets wrong.
//
//   - [Run] has workers play what package gen makes; the judge reads each
//     conversation.
//   - A [Finding] is a clause that was broken, with the script that shows it: made
//     short by playing shorter ones, played again to be sure, and written to a file.
//   - [Load] reads such files, and [Replay] plays them.
//
// Script n of a run depends on the seed and on n alone. Who plays it when does
// not matter, and what one run finds another can play.
package blackbox
