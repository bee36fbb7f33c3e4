package harness

import (
	"context"
	"io"
	"net"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Target is a peer under test: see [URL], [Command], [Server], [ClientFunc] and
// [Incoming].
type Target struct{ target engine.Target }

// URL returns the server at a WebSocket URL as a target: ws://host:port/path,
// wss://host:port/path, or ws+unix:///path/to/socket[:/path]. o may be nil.
func URL(url string, o *DialOptions) Target { return Target{engine.URL(url, o.engine())} }

// Command returns a target that is started for the test by a shell command, and
// again when it dies. The environment variable PORT names its port. The URL may be
// "", which means ws://127.0.0.1:$PORT/, or have $PORT in it. o may be nil.
func Command(command, url string, o *DialOptions) Target {
	return Target{engine.Command(command, url, o.engine())}
}

// Server returns a server in this process as a target: serve is called with each
// connection, over the loopback interface. A panic of its own goroutine ends the
// case, and not the process. [TestServer] needs no network.
func Server(serve func(net.Conn)) Target { return Target{engine.Server(serve)} }

// ClientFunc returns a client in this process as a target. It is called for each
// case, over the loopback interface. [TestClient] needs no network.
func ClientFunc(client Client) Target { return Target{engine.ClientFunc(client)} }

// Incoming returns as a target a client that connects to ln by itself, again and
// again, and echoes. Each connection is one conversation, with our side as the
// server. ln is closed at the end of the run. A client that has not connected within
// 30 seconds is not reachable.
func Incoming(ln net.Listener) Target { return Target{engine.Incoming(ln)} }

// DialOptions says how a server is reached, and how it is called.
type DialOptions struct {
	// Agent is the peer's name in reports. "" means the Server field of its
	// responses, or else the host and port of its URL, or its command.
	Agent string

	Fields       []wsproto.Field // added to each opening handshake
	Subprotocols []string        // offered in each opening handshake

	// For wss URLs.
	CAFile     string // certificates to trust, in PEM; "" means the system's
	CertFile   string // client certificate and key, in PEM; "" means none
	KeyFile    string
	ServerName string // sent as SNI and checked; "" means the URL's host
	Insecure   bool   // take any certificate

	// Output takes what the process of [Command] prints; nil means that only its
	// last lines are kept, for when it dies.
	Output io.Writer
}

func (o *DialOptions) engine() *engine.DialOptions {
	if o == nil {
		return nil
	}
	return &engine.DialOptions{
		Agent: o.Agent, Fields: o.Fields, Subprotocols: o.Subprotocols,
		CAFile: o.CAFile, CertFile: o.CertFile, KeyFile: o.KeyFile, ServerName: o.ServerName, Insecure: o.Insecure,
		Output: o.Output,
	}
}

// UnreachableError reports that no connection to a peer could be made, or that the
// peer did not accept the plain opening handshake: it cannot be tested. URL names the
// peer, and Err the reason.
type UnreachableError = engine.UnreachableError

// Report is the outcome of a run with one peer.
type Report struct {
	// Agent is what the peer calls itself, or what [DialOptions] call it.
	Agent string

	// Results has one for each case that was played, in order of execution.
	Results []Result

	// Stopped says why not all cases were played, "" if they were.
	Stopped string

	failed bool
}

// Failed reports whether a case fails that is not known to, or the peer's process
// died.
func (r *Report) Failed() bool { return r.failed }

// Result is the outcome of one case.
type Result struct {
	// Case is the id of the case, such as "autobahn/4.2.4".
	Case string

	// Verdict is what the peer did by the RFCs, with all findings.
	Verdict oracle.Verdict

	// Autobahn is the verdict of Autobahn|Testsuite, "OK", "NON-STRICT", and
	// AutobahnClose that on closing; "" where it does not have the case.
	Autobahn, AutobahnClose string

	// Died says how the peer's process died during the case, "" if it did not.
	Died string

	// Trace is the conversation.
	Trace *oracle.Trace

	// Failure says all that is needed to act on a case that fails, as a failing
	// test prints it: the clauses, the conversation and the script. It is "" for
	// a case that does not fail, or is known to.
	Failure string
}

// Run plays the configured cases with a peer and returns what was found. A
// peer that breaks rules is not an error; one that cannot be reached is an
// [*UnreachableError]. When ctx ends, Run returns the report of what was played by
// then, and its Stopped says why.
func Run(ctx context.Context, target Target, config *Config) (*Report, error) {
	ran, err := engine.Run(ctx, target.target, config.engine())
	if ran == nil {
		return nil, err
	}
	r := &Report{Stopped: ran.Stopped, failed: ran.Failed()}
	for _, agent := range ran.Agents {
		r.Agent = agent.Name
		if r.Stopped == "" {
			r.Stopped = agent.Ended
		}
		for _, result := range agent.Results {
			one := Result{Case: result.Case.ID, Verdict: result.RFC, Died: result.Died, Trace: result.Trace}
			if record := result.Record; record != nil {
				one.Autobahn, one.AutobahnClose = string(record.Behavior), string(record.BehaviorClose)
			}
			if result.Failed(ran.Judge) && result.Known == nil {
				one.Failure = engine.Describe(result, ran.Judge, "")
			}
			r.Results = append(r.Results, one)
		}
	}
	return r, err
}
