package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/servetest"
	"github.com/wscheck/wscheck/wsproto"
)

// serve runs a server that handles each connection by f, and returns its URL.
func serve(t *testing.T, f func(net.Conn)) string { return "ws://" + servetest.Serve(t, f) + "/" }

// serving is a server that is the reference endpoint.
func serving(o reference.Options) func(net.Conn) {
	return func(conn net.Conn) { _ = reference.ServeConn(conn, o) }
}

// accepting is a server that accepts an opening handshake.
func accepting(then func(conn net.Conn, rest io.Reader)) func(net.Conn) {
	return func(conn net.Conn) {
		rest := bufio.NewReader(conn)
		r, err := http.ReadRequest(rest)
		if err != nil {
			return
		}
		if _, err := conn.Write(wsproto.NewResponse(r.Header.Get("Sec-WebSocket-Key")).AppendTo(nil)); err == nil {
			then(conn, rest)
		}
	}
}

// quick are limits that end a test soon; the peers of these tests never keep
// to any.
var quick = engine.Limits{Open: 200 * time.Millisecond, CloseReply: 200 * time.Millisecond, Drop: 200 * time.Millisecond}

func run(t *testing.T, url string, config engine.Config) (*engine.Report, error) {
	t.Helper()
	if config.Cases == nil {
		config.Cases = []string{"1.1.1", "2.2", "6.1.2", "7.1.1"}
	}
	config.Limits, config.Patience = quick, quick.Open
	return engine.Run(t.Context(), engine.URL(url, nil), &config)
}

// failsAll checks that every case has a verdict and none is clean.
func failsAll(t *testing.T, url string, cases ...string) *report.Agent {
	t.Helper()
	r, err := run(t, url, engine.Config{Cases: cases})
	if err != nil {
		t.Fatal(err)
	}
	a := r.Agents[0]
	if len(a.Results) != len(r.Cases) {
		t.Fatalf("%d of %d cases have a result", len(a.Results), len(r.Cases))
	}
	for _, res := range a.Results {
		if res.Record == nil || res.Record.Behavior == "" || res.Record.BehaviorClose == "" {
			t.Errorf("%s has no verdict as Autobahn has it: %v", res.Case.ID, res.RFC)
			continue
		}
		if res.Clean(report.JudgeAutobahn) {
			t.Errorf("%s passed: %s, %s", res.Case.ID, res.Record.Behavior, res.Record.BehaviorClose)
		}
	}
	return a
}

func TestPeerRefuses(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "ws://" + ln.Addr().String() + "/"
	ln.Close()
	r, err := run(t, url, engine.Config{})
	var unreachable *engine.UnreachableError
	if !errors.As(err, &unreachable) || unreachable.URL != url {
		t.Fatalf("error %v, want one that says that %s is not reachable", err, url)
	}
	if r.Agents[0].Unreachable == "" {
		t.Error("the report does not say that the peer was not reachable")
	}
}

func TestPeerStaysSilent(t *testing.T) {
	t.Parallel()
	_, err := run(t, serve(t, func(conn net.Conn) { io.Copy(io.Discard, conn) }), engine.Config{})
	var unreachable *engine.UnreachableError
	if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "sent nothing") {
		t.Fatalf("error %v, want one that says that the peer sent nothing", err)
	}
}

// later is a server that conforms until the cases are played.
func later(f func(net.Conn)) func(net.Conn) {
	var connections atomic.Int32
	return func(conn net.Conn) {
		if connections.Add(1) <= 2 {
			serving(reference.Options{})(conn)
			return
		}
		f(conn)
	}
}

func TestPeerAnswersNotFound(t *testing.T) {
	a := failsAll(t, serve(t, later(answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))))
	for _, res := range a.Results {
		if !strings.Contains(string(res.Record.HTTPResponse), "404") {
			t.Errorf("%s: the response in the report is %q", res.Case.ID, res.Record.HTTPResponse)
		}
	}
}

// echoPlain echoes small unfragmented messages, and answers a close frame.
func echoPlain(conn net.Conn, r io.Reader) {
	var c wsproto.Collector
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		for _, f := range c.Feed(buf[:n]) {
			conn.Write(wsproto.NewFrame(f.Opcode, true, f.Payload).AppendTo(nil))
			if f.Opcode == wsproto.OpClose {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// TestPeersThatFail has servers that conform in no case.
func TestPeersThatFail(t *testing.T) {
	huge := wsproto.Header{Fin: true, Opcode: wsproto.OpBinary, Length: 1 << 62}.AppendTo(nil)
	message := wsproto.NewFrame(wsproto.OpBinary, true, make([]byte, 60<<10)).AppendTo(nil)
	for name, server := range map[string]func(net.Conn){
		"answers garbage": later(answer("\x00\xff\x1b[2J<script>\r\n\r\n")),
		"closes at once":  later(func(net.Conn) {}),
		"resets":          accepting(func(conn net.Conn, _ io.Reader) { conn.(*net.TCPConn).SetLinger(0) }),
		"half closes": accepting(func(conn net.Conn, rest io.Reader) {
			conn.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, rest)
		}),
		"declares a huge frame":      accepting(func(conn net.Conn, _ io.Reader) { answer(string(huge))(conn) }),
		"sends messages without end": accepting(func(conn net.Conn, _ io.Reader) { withoutEnd(conn, message) }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failsAll(t, serve(t, server))
		})
	}
}

// withoutEnd writes octets until that fails.
func withoutEnd(conn net.Conn, octets []byte) {
	for {
		if _, err := conn.Write(octets); err != nil {
			return
		}
	}
}

// TestPeerSendsWithoutEnd has a server send a message that never ends: nothing of it may be kept.
func TestPeerSendsWithoutEnd(t *testing.T) {
	url := serve(t, accepting(func(conn net.Conn, _ io.Reader) {
		conn.Write(wsproto.Header{Opcode: wsproto.OpText, Length: 1 << 62}.AppendTo(nil))
		withoutEnd(conn, make([]byte, 64<<10))
	}))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	failsAll(t, url, "1.1.1")
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 32<<20 {
		t.Errorf("%d octets of heap are held after a peer that sends without end", grown)
	}
}

func TestPeerNeverReads(t *testing.T) {
	t.Parallel()
	r, err := run(t, serve(t, accepting(func(net.Conn, io.Reader) { <-t.Context().Done() })), engine.Config{Cases: []string{"1.1.1", "7.1.6"}})
	if err != nil {
		t.Fatal(err)
	}
	if res := r.Agents[0].Results[0]; res.Record.Behavior != autobahn.Failed {
		t.Errorf("%s: %s", res.Case.ID, res.Record.Behavior)
	}
}

// embedded starts the reference endpoint and returns its URL.
func embedded(t *testing.T) string { return serve(t, serving(reference.Options{})) }

func TestReferenceIsClean(t *testing.T) {
	dir := t.TempDir()
	config := &engine.Config{Cases: []string{"1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"}, ReportDir: dir}
	r, err := engine.Run(t.Context(), engine.URL(embedded(t), &engine.DialOptions{Agent: "reference"}), config)
	if err != nil {
		t.Fatal(err)
	}
	all, err := engine.Plan(wsproto.Server, config)
	if n := len(r.Agents[0].Results); err != nil || n == 0 || n != len(all) {
		t.Fatalf("%d cases ran, want %d, %v", n, len(all), err)
	}
	unclean := func(res *report.Result) bool {
		rec := res.Record
		return rec.Behavior != autobahn.OK && rec.Behavior != autobahn.Informational || res.Failed(report.JudgeAutobahn)
	}
	for _, res := range r.Agents[0].Results {
		// Some cases have half a second, which is little on a busy machine: one that
		// fails is played again alone.
		for try := 0; try < 3 && unclean(res); try++ {
			again, err := engine.Run(t.Context(), engine.URL(embedded(t), nil), &engine.Config{Select: []*catalogue.Case{res.Case}, Jobs: 1})
			if err != nil {
				t.Fatal(err)
			}
			res = again.Agents[0].Results[0]
		}
		if unclean(res) {
			t.Errorf("%s: %s, %s: %s %s", res.Case.ID, res.Record.Behavior, res.Record.BehaviorClose, res.Record.Result, res.Record.ResultClose)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var index map[string]map[string]map[string]any
	if err := json.Unmarshal(b, &index); err != nil {
		t.Fatal(err)
	}
	if n := len(index["reference"]); n != len(all) {
		t.Errorf("index.json has %d cases, want %d", n, len(all))
	}
}

func TestInterruptedRunKeepsResults(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("enough")
	config := &engine.Config{Jobs: 1, Cases: []string{"1.*"}, Progress: func(p engine.Progress) {
		if p.Done == 3 {
			cancel(stopped)
		}
	}}
	r, err := engine.Run(ctx, engine.URL(embedded(t), nil), config)
	if err != nil {
		t.Fatal(err)
	}
	if r.Stopped != stopped.Error() {
		t.Errorf("the report says that it was stopped for %q", r.Stopped)
	}
	if n := len(r.Agents[0].Results); n < 3 || n >= len(r.Cases) {
		t.Errorf("the report has %d results of %d cases", n, len(r.Cases))
	}
}
