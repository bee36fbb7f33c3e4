// Package harness plays conversations with implementations of the WebSocket
// protocol and reports what they get wrong: of RFC 6455 and RFC 7692, clause by
// clause, and by the measure of Autobahn|Testsuite.
//
// In the tests of another module, two lines give the whole suite. No port is
// opened, nothing sleeps, and a library's time-outs take no time: each
// conversation has a bubble of package [testing/synctest] to itself, with a
// connection in memory.
//
//	func TestConformance(t *testing.T) {
//		harness.TestServer(t, harness.Handler(echoHandler), nil)
//	}
//
// Each case is a subtest by its id: go test -run 'TestConformance/autobahn/4.2.4'
// runs one, and -short leaves out what is slow.
//
//   - [TestServer] and [TestClient] test, [FuzzServer] and [FuzzClient] invent
//     conversations, [LearnServer] and [LearnClient] hold behaviour to a snapshot,
//     [BenchmarkServer] measures. [Handler] makes a server of an [http.Handler].
//   - [Run] needs no package testing and uses real connections: with a server at a
//     [URL] or started by a [Command], or with a [Server] or [ClientFunc] of this
//     process.
//   - [Config] selects cases, names what the peer lacks, and lists each
//     [Deviation] that is known: it is reported and does not fail, and one that no
//     longer occurs does.
//
// A peer has to echo, unless [Config.Dialect] says otherwise: it sends each message
// back as it came, and stays until it is asked to close. Apart from that, everything
// that the RFCs allow is right.
package harness
