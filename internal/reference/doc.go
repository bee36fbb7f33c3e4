// Package reference is an endpoint of our own, written straight from RFC 6455
// and RFC 7692: it makes or answers the opening handshake, echoes every
// message, and fails the connection at the first octet that breaks a rule. It
// serves as the testee of the default run, and, since it shares no code with
// the judge of package oracle, as the judge's own test.
//
//   - The conforming endpoint: [Serve] for a listener, [ServeConn] and [Connect]
//     for one connection in either role, all configured by [Options].
//   - Its legal freedoms: [Freedom], drawn by [Freedoms], makes it as unusual as
//     the RFCs allow. No judge may call it wrong.
//   - Its mutants: [Mutants] lists them, Options.Mutant selects one. Each breaks
//     one clause, and a judge must catch it.
//
// An endpoint runs in the goroutine that called it, starts no other, and waits
// on nothing but its connection and that connection's deadlines, so that it can
// be run inside a testing/synctest bubble.
package reference
