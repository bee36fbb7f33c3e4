// Package report is the outcome of a run: what was played, what the verdicts are,
// and what fails.
//
// The model is [Report], with one [Agent] for each peer and one [Result] for each
// case against a peer. [Result.Failed] and [Result.Clean] say what a [Judge] makes
// of a result, [Report.Count] sums up, and [Report.Groups] puts together results
// that have the same cause. A [Baseline] separates new deviations from known ones;
// [Diff] compares two reports. [SummaryStyle.Write] writes the summary for a terminal.
//
// The package does no input or output but for baselines, and judges no octets: the
// verdicts come with the results. Around it stand
//
//   - transcript, which takes a trace apart into frames and lines;
//   - page, the HTML pages;
//   - sink, the other forms: JUnit, Markdown, SARIF, badges, Autobahn's JSON;
//   - store, the files of a report: written during the run, read, merged.
//
// What a peer sent is hostile. Nothing of it reaches a page, a terminal or a file
// name as it is: markup is escaped, control characters and those that change the
// direction of text are shown as escapes, and sizes are bounded.
package report
