// Package report turns the outcome of a run into what people and scripts read.
// It is a sink: it judges nothing itself, and everything it shows can be made
// again from one file.
//
// The model is [Report], one [Agent] for each peer, one [Result] for each case
// against a peer; [Result.Failed] and [Result.Clean] say what a [Judge] makes of
// a result, [Report.Count] sums up.
//
// Files: [WriteDir] writes a directory with the JSON of Autobahn|Testsuite, byte
// for byte in its form, HTML pages, and [FileName], from which [Load] reads the
// report again. A [Writer] writes the same while the run goes on: [Create] begins
// a report, [Open] adds to one. [MergeDirs] makes one of several.
//
// Known deviations: a [Baseline] tells those that are new from those that are
// known, and which are gone.
//
// Streams: [WriteSummary] for a terminal, [WriteJUnit] for CI systems,
// [WriteMarkdown] for the job summary of a CI run.
//
// What a peer sent is hostile. Nothing of it reaches a page, a terminal or a
// file name as it is: markup is escaped, control characters and those that turn
// the direction of text are shown as escapes, sizes are bounded, and a page's
// content security policy allows nothing but its own style sheet and script.
package report
