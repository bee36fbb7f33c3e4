// Package web is the page that runs the cases in the visitor's own browser: it
// connects to the fuzzing server as the client under test, shows verdicts as
// they come, and links to the report.
//
// [Handler] makes the page, and [Serve] serves it until its context ends.
// [Broadcast] is another one, for a server that broadcasts.
// Nothing is loaded from elsewhere, and a content security policy forbids it.
//
// The page takes what its form holds from its own URL, so that a browser can be
// driven through it: cases and exclude (patterns, separated by blanks), agent,
// jobs (cases side by side), server (URL of the fuzzing server, for another than
// its own), and autostart=1, which presses the button.
package web
