// Package corpus holds conversations that showed a flaw in some implementation
// of WebSocket, or would: regressions that projects and languages share. Each
// is an [Entry], a text file whose format README.md defines.
//
//   - [Entries] are those that come with the package, [Embedded] has them read.
//   - [Load] reads a folder of them, [Parse] one; [Select] picks some.
//   - [Entry.Format] is the text, [Write] puts it into a folder.
//   - [Entry.ID] is the same for entries with the same conversation.
//   - [Expect] is what a conforming peer does, and [Observe] what one did.
//
// Package harness plays the entries with each peer that it tests.
package corpus
