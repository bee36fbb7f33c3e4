//go:build unix

package harness_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/harness"
	"github.com/wscheck/wscheck/harness/reference"
	"github.com/wscheck/wscheck/harness/report"
	"github.com/wscheck/wscheck/oracle/autobahn"
	"github.com/wscheck/wscheck/wsproto"
)

// peerEnv makes the test binary a server under test: "echo", or "mortal", which
// dies of a ping of 125 octets.
const peerEnv = "WSCHECK_TEST_PEER"

func TestMain(m *testing.M) {
	if kind := os.Getenv(peerEnv); kind != "" {
		bePeer(kind)
		return
	}
	os.Exit(m.Run())
}

func bePeer(kind string) {
	if kind == "absent" {
		fmt.Fprintln(os.Stderr, "cannot find my configuration")
		os.Exit(7)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if kind == "mortal" {
		ln = mortal{ln}
	}
	reference.Serve(context.Background(), ln, reference.Options{})
}

type mortal struct{ net.Listener }

func (m mortal) Accept() (net.Conn, error) {
	c, err := m.Listener.Accept()
	return mortalConn{Conn: c, parser: new(wsproto.Collector), opened: new(bool)}, err
}

// mortalConn looks into what is read, and panics at a ping of 125 octets.
type mortalConn struct {
	net.Conn
	parser *wsproto.Collector
	opened *bool
}

func (c mortalConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	data := b[:n]
	if !*c.opened {
		if _, k, _ := wsproto.ParseRequest(data); k > 0 {
			*c.opened, data = true, data[k:]
		}
	}
	for _, f := range c.parser.Feed(data) {
		if f.Opcode == wsproto.OpPing && f.Length == 125 {
			fmt.Fprintln(os.Stderr, "panic: ping too long")
			os.Exit(2)
		}
	}
	return n, err
}

// peerCommand is a shell command that makes this test binary a peer.
func peerCommand(kind string) string {
	return fmt.Sprintf("%s=%s exec '%s'", peerEnv, kind, os.Args[0])
}

func TestCommandIsStartedAndMeasured(t *testing.T) {
	target := harness.Command(peerCommand("echo"), "", &harness.DialOptions{Agent: "own"})
	r, err := harness.Run(t.Context(), target, &harness.Config{Cases: someCases})
	if err != nil {
		t.Fatal(err)
	}
	a := r.Agents[0]
	if len(a.Results) != len(r.Cases) {
		t.Fatalf("%d of %d cases ran", len(a.Results), len(r.Cases))
	}
	for _, res := range a.Results {
		if b := res.Record.Behavior; b != autobahn.OK && b != autobahn.Informational {
			t.Errorf("%s: %s: %s", res.Case.ID, b, res.Record.Result)
		}
	}
	if a.Deaths != 0 {
		t.Errorf("%d deaths are counted, want none", a.Deaths)
	}
	if a.PeakMemory < 1<<20 {
		t.Errorf("the peak memory is %d octets, want at least a megaoctet", a.PeakMemory)
	}
}

func TestCommandThatDiesIsNamedAndStartedAgain(t *testing.T) {
	target := harness.Command(peerCommand("mortal"), "ws://127.0.0.1:$PORT/x", nil)
	r, err := harness.Run(t.Context(), target, &harness.Config{Cases: []string{"1.1.*", "2.*", "3.*"}})
	if err != nil {
		t.Fatal(err)
	}
	a := r.Agents[0]
	if len(a.Results) != len(r.Cases) {
		t.Fatalf("%d of %d cases have a result", len(a.Results), len(r.Cases))
	}
	for _, res := range a.Results {
		fatal := res.Case.ID == "autobahn/2.4" || res.Case.ID == "autobahn/2.6" // pings of 125 octets
		if fatal != (res.Died != "") {
			t.Errorf("%s: died %q", res.Case.ID, res.Died)
		}
		if fatal && !strings.Contains(res.Died, "ping too long") {
			t.Errorf("%s: the peer's last words are not told: %q", res.Case.ID, res.Died)
		}
		if failed := res.Failed(report.JudgeAutobahn); failed != fatal {
			t.Errorf("%s: %s, %s: %s", res.Case.ID, res.Record.Behavior, res.Record.BehaviorClose, res.Record.Result)
		}
	}
	if a.Deaths == 0 {
		t.Error("no death is counted")
	}
}

func TestCommandThatDoesNotListen(t *testing.T) {
	start := time.Now()
	_, err := harness.Run(t.Context(), harness.Command(peerCommand("absent"), "", nil), nil)
	if err == nil || !strings.Contains(err.Error(), "cannot find my configuration") || !strings.Contains(err.Error(), "7") {
		t.Errorf("error %v, want the exit status and the last words", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v to learn that the command had ended", took)
	}
}
