package harness

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/wscheck/wscheck/internal/engine"
)

// Client is a client under test. It connects with dial to url, sends each message
// back until the connection ends, closes it, and returns. ctx ends some time after
// the conversation is over, for clients that would not end by themselves. The error
// is shown where the case fails, and decides nothing.
type Client = func(ctx context.Context, dial Dial, url string) error

// Dial connects a [Client]. Its arguments are those of [net.Dialer.DialContext]. One
// conversation is one connection: a second call returns an error.
type Dial = func(ctx context.Context, network, address string) (net.Conn, error)

// TestServer plays the configured cases with a server, each case as a subtest
// of t that is named by the case's id. It does not call t.Parallel. t itself prints
// the cases that fail: for each clause that is broken, one of them in full and the
// ids of all, and the block for [Config.Known].
//
// server is called once for each connection, in a goroutine of its own. It makes
// the opening handshake, sends each message back as it came, and answers the
// closing handshake. The goroutines that it starts have to end with the
// connection, and it has to close the connection. See [Handler] for servers on
// net/http.
//
// Each conversation has a bubble of package [testing/synctest] to itself, so
// that no time-out takes time and each run is the same: no port is opened, and
// nothing sleeps. A server that panics, hangs or leaves goroutines behind fails
// the case, and the next case runs. What ends the process cannot be caught: a panic
// in a goroutine that the server started itself, a fatal error, [os.Exit]. Then a
// line on standard error names the case, where there is a shell to print it, and
// the next run begins with it. The runtime's crash output, see
// [debug.SetCrashOutput], is used for that. [Config.Live] is for servers that cannot
// live in a bubble.
func TestServer(t *testing.T, server func(net.Conn), config *Config) {
	t.Helper()
	engine.TestServer(t, server, config.engine())
}

// TestClient is [TestServer] for a client, which is called once for each case.
func TestClient(t *testing.T, client Client, config *Config) {
	t.Helper()
	engine.TestClient(t, client, config.engine())
}

// FuzzServer is a native fuzz target: each input is a script, decoded by
// [gen.Decode], that is played with the server in a bubble, as [TestServer] does. A
// script that breaks a binding clause fails, unless that is a known deviation. The
// cases of config are the seeds.
//
// A script that fails is shortened before it is shown, as long as it breaks the
// same clause. With -fuzz it is also written as an entry of a corpus (see package
// corpus) into the folder that the environment variable WSCHECK_FINDINGS names, or
// else into testdata/wscheck, whose entries [TestServer] plays. go test stores the
// input itself. Look at both before you commit them: octets that bring a released
// library down are not to be published before its next release.
//
// A process that fuzzes collects garbage as with GOGC=400 and, in bubbles, runs as with
// GOMAXPROCS=1, unless the environment sets them: go test starts one for each processor.
//
// Without -fuzz, the seeds and the inputs in testdata/fuzz are run as a test.
func FuzzServer(f *testing.F, server func(net.Conn), config *Config) {
	f.Helper()
	engine.FuzzServer(f, server, config.engine())
}

// FuzzClient is [FuzzServer] for a client.
func FuzzClient(f *testing.F, client Client, config *Config) {
	f.Helper()
	engine.FuzzClient(f, client, config.engine())
}

// LearnServer learns the state machine of a server, which is called as in
// [TestServer], and compares it with a snapshot: the file testdata/<name of the
// test>.wsmachine. It fails where they differ, and shows the shortest conversations
// that distinguish the server from its snapshot. With the environment variable
// WSCHECK_UPDATE set to 1 it writes the file instead, so that a change of behaviour
// shows in review as a change of a state machine.
//
// Of the config it uses the handshake, Lacks, Hang, Live and Patience.
func LearnServer(t *testing.T, server func(net.Conn), config *Config) {
	t.Helper()
	engine.LearnServer(t, server, config.engine())
}

// LearnClient is [LearnServer] for a client.
func LearnClient(t *testing.T, client Client, config *Config) {
	t.Helper()
	engine.LearnClient(t, client, config.engine())
}

// BenchmarkServer measures conversations with a server, each in a bubble (see
// [TestServer]): an operation is one conversation of the configured cases, in turn,
// with its opening handshake and both verdicts. The benchmark fails if a case fails
// that is not known.
//
//	func BenchmarkConversation(b *testing.B) {
//		harness.BenchmarkServer(b, echo, &harness.Config{Cases: []string{"1.*", "2.*"}})
//	}
func BenchmarkServer(b *testing.B, server func(net.Conn), config *Config) {
	b.Helper()
	engine.BenchmarkServer(b, server, config.engine())
}

// Handler returns a server for [TestServer] that has a real [http.Server] call
// handler: hijacking, time-outs and HTTP errors are those of net/http. It speaks
// HTTP/1.1 alone, the version that RFC 6455 is written for; package harness/http2 has
// one for HTTP/2.
//
// A panic of handler, which net/http would recover, comes out of the server and so
// fails the case, unless it is [http.ErrAbortHandler].
func Handler(handler http.Handler) func(net.Conn) { return engine.Handler(handler) }
