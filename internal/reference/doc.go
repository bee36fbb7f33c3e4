// Package reference is an endpoint of our own, written straight from RFC 6455
// and RFC 7692: it makes or answers the opening handshake, echoes every
// message, and fails the connection when the peer breaks a rule. It is the
// testee of the default run. It is also the judge's own test, since it shares
// nothing with the judge of package oracle but the layout of frames and of HTTP
// heads: what it decides, it decides with the standard library or by itself.
//
//   - The conforming endpoint: [Serve] for a listener, [ServeConn] and [Connect]
//     for one connection in either role, all configured by [Options].
//   - Its legal freedoms: [Freedom], drawn by [Freedoms], makes it as unusual as
//     the RFCs allow. No judge may call it wrong.
//   - Its mutants: [Mutants] lists them, Options.Mutant selects one. Each breaks
//     one clause, and a judge must find that. A mutant is one row of a table: a
//     name, a clause, its roles, and the decisions of the endpoint (type hooks)
//     that it replaces.
//
// An endpoint runs in the goroutine that called it, starts no other unless
// Freedom.Writer says so, and waits only for its connection and for its
// deadlines, so that it can run inside a testing/synctest bubble.
package reference
