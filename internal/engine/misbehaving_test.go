package engine

import (
	"bufio"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// serving is a server that is the reference endpoint.
func serving(o reference.Options) func(net.Conn) {
	return func(conn net.Conn) { _ = reference.ServeConn(conn, o) }
}

// referencePeer is the reference endpoint in a role.
func referencePeer(role wsproto.Role, o reference.Options) Target {
	if role == wsproto.Client {
		return ClientFunc(referenceClient(o))
	}
	return Server(serving(o))
}

// echo is a conforming server, and mutantServer one that does not answer pings.
var echo, mutantServer = serving(reference.Options{}), serving(reference.Options{Mutant: "pong-missing"})

// misbehaving are servers that break what is asked of any peer.
var misbehaving = []struct {
	name     string
	server   func(net.Conn)
	clause   oracle.ClauseID // that the verdict names
	mentions string          // is in the trace
	hang     time.Duration   // Config.Hang, where the bubble cannot know
}{
	{name: "panics at once", server: func(net.Conn) { panic("out of order") },
		clause: "wscheck/peer-panicked", mentions: "out of order"},
	{name: "panics at the end", server: func(conn net.Conn) { echo(conn); panic("out of order") },
		clause: "wscheck/peer-panicked", mentions: "out of order"},
	{name: "panics in a handler", server: func(conn net.Conn) {
		Handler(nil)(conn)
	}, clause: "wscheck/peer-panicked", mentions: "goroutine"},
	{name: "ends its goroutine", server: func(conn net.Conn) {
		conn.Close()
		new(testing.T).SkipNow()
	}, clause: "wscheck/peer-died", mentions: "Goexit"},
	{name: "never reads", server: func(net.Conn) { select {} },
		clause: "wscheck/peer-hung", mentions: "select (no cases)"},
	{name: "does not return", server: func(conn net.Conn) { echo(conn); <-make(chan int) },
		clause: "wscheck/peer-hung", mentions: "chan receive"},
	{name: "leaves a goroutine", server: func(conn net.Conn) {
		go func() { select {} }()
		echo(conn)
	}, clause: "wscheck/peer-hung", mentions: "misbehaving_test.go"},
	{name: "leaves a ticking goroutine", server: func(conn net.Conn) {
		go func() {
			for range time.Tick(time.Second) {
			}
		}()
		echo(conn)
	}, clause: "wscheck/peer-hung", mentions: "misbehaving_test.go"},
	{name: "reads on at the end", server: func(conn net.Conn) {
		echo(conn)
		for {
			_, _ = conn.Read(make([]byte, 1))
		}
	}, clause: "wscheck/peer-hung", mentions: "Read"},
	{name: "writes on at the end", server: func(conn net.Conn) {
		echo(conn)
		for {
			_, _ = conn.Write(make([]byte, 1))
		}
	}, clause: "wscheck/peer-hung", mentions: "Write"},
	{name: "waits for a lock", server: func(conn net.Conn) {
		echo(conn)
		var mu sync.Mutex
		mu.Lock()
		mu.Lock()
	}, clause: "wscheck/peer-hung", mentions: "misbehaving_test.go", hang: 50 * time.Millisecond},
	{name: "writes without end", server: flooding("", many("\x8a\x00")),
		clause: "wscheck/overflow", mentions: "without end"},
}

// TestMisbehavingServers demands a verdict with a reason, whatever a server
// does, and that the next case runs.
func TestMisbehavingServers(t *testing.T) {
	cs := caseOf(t, "autobahn/1.1.2")
	for _, c := range misbehaving {
		t.Run(c.name, func(t *testing.T) {
			for range 2 {
				r := play(t, c.server, &Config{Hang: c.hang}, cs)
				if r.RFC.Outcome != oracle.Violation || !found(r, c.clause) {
					t.Fatalf("verdict %v, want a violation of %s", r.RFC, c.clause)
				}
				if text := Describe(r, report.JudgeRFC, ""); !strings.Contains(text, c.mentions) {
					t.Errorf("%q is not in\n%s", c.mentions, text)
				}
				if !r.Failed(report.JudgeAutobahn) && r.Died == "" && c.clause != "wscheck/peer-hung" {
					t.Errorf("Autobahn's verdict is %s", r.Record.Behavior)
				}
			}
			if r := play(t, echo, nil, cs); r.RFC.Outcome != oracle.Pass {
				t.Errorf("the next case: %v", r.RFC)
			}
		})
	}
}

// TestLingeringServer holds it against no server that it sees its connection
// off by timers.
func TestLingeringServer(t *testing.T) {
	server := func(conn net.Conn) {
		go func() { time.Sleep(5 * time.Second) }()
		echo(conn)
		time.Sleep(5 * time.Second)
	}
	if r := play(t, server, nil, caseOf(t, "autobahn/1.1.2")); r.RFC.Outcome != oracle.Pass {
		t.Errorf("verdict %v", r.RFC)
	}
}

// TestSlowServer gives a server its time: what it does by a timer of its own is
// not missing.
func TestSlowServer(t *testing.T) {
	server := func(conn net.Conn) { echo(slowConn{conn}) }
	for _, id := range []string{"autobahn/1.1.2", "autobahn/2.10", "autobahn/5.19", "autobahn/7.1.1"} {
		if r := play(t, server, nil, caseOf(t, id)); r.RFC.Outcome != oracle.Pass {
			t.Errorf("%s: verdict %v", id, r.RFC)
		}
	}
}

// slowConn writes after a while.
type slowConn struct{ net.Conn }

func (c slowConn) Write(b []byte) (int, error) {
	time.Sleep(300 * time.Millisecond)
	return c.Conn.Write(b)
}

func (c slowConn) CloseWrite() error { return c.Conn.(interface{ CloseWrite() error }).CloseWrite() }

// play plays one case with a server.
func play(t *testing.T, server func(net.Conn), config *Config, cs *catalogue.Case) *report.Result {
	t.Helper()
	return playPeer(t, &localPeer{server: server}, config, cs)
}

func playPeer(t *testing.T, p *localPeer, config *Config, cs *catalogue.Case) *report.Result {
	t.Helper()
	s, err := newSuite(t.Name(), p, config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	r, err := s.play(t, cs)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func caseOf(t testing.TB, id string) *catalogue.Case {
	t.Helper()
	for _, cs := range catalogue.For(wsproto.Client) {
		if cs.ID == id {
			return cs
		}
	}
	t.Fatalf("there is no case %s", id)
	return nil
}

func found(r *report.Result, id oracle.ClauseID) bool {
	return slices.ContainsFunc(r.RFC.Findings, func(f oracle.Finding) bool { return f.Clause == id })
}

// TestStuckServer demands that a run whose conversations never end has an end.
func TestStuckServer(t *testing.T) {
	var released atomic.Bool // so that nothing of this takes a processor from other tests
	defer released.Store(true)
	for name, server := range map[string]func(net.Conn){
		"waits for a lock": func(net.Conn) {
			var mu sync.Mutex
			mu.Lock()
			mu.Lock()
		},
		"works": func(net.Conn) {
			for !released.Load() {
				runtime.Gosched()
			}
		},
		"ticks": func(net.Conn) {
			for !released.Load() {
				time.Sleep(time.Nanosecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := newSuite(t.Name(), &localPeer{server: server}, &Config{Hang: 10 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			cs := caseOf(t, "autobahn/1.1.2")
			for i := range maxStuck {
				r, err := s.play(t, cs)
				if err != nil || !found(r, "wscheck/peer-hung") || !strings.Contains(Describe(r, report.JudgeRFC, ""), "Config.Live") {
					t.Fatalf("conversation %d: %v, %v", i, r, err)
				}
			}
			if _, err := s.play(t, cs); err != errStuck {
				t.Errorf("then: %v", err)
			}
		})
	}
}

// TestCrossing has a server end a connection by a limit of time, while our second message is on its way, which it may, or on that
// message, which it may not.
func TestCrossing(t *testing.T) {
	text := wsproto.NewFrame(wsproto.OpText, true, []byte("a"))
	script, err := oracle.ParseScript("as client\nmessage TEXT \"a\"\nawait message × 1 within 1s\nwait 2s\nmessage TEXT \"a\"\nend: ping, await the pong, close\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		limit  time.Duration // 0 for none
		broken bool
	}{{"by a limit", 2050 * time.Millisecond, false}, {"on the message", 0, true}} {
		server := accepting(func(conn net.Conn, r *bufio.Reader) {
			frame := make([]byte, text.Size()+4)
			_, _ = io.ReadFull(r, frame)
			_, _ = conn.Write(text.AppendTo(nil))
			if time.Sleep(tt.limit); tt.limit == 0 {
				_, _ = io.ReadFull(r, frame)
			}
		})
		r := play(t, server, nil, &catalogue.Case{ID: "crossing", Script: *script})
		if broken := slices.Contains(r.RFC.Broken(), "wscheck/stay"); broken != tt.broken {
			t.Errorf("%s: %+v, want wscheck/stay broken %v", tt.name, r.RFC, tt.broken)
		}
	}
}

// TestUnread has a server read no message: one does nothing else, and one pings, which does not
// put off the end of the conversation. It is not taken for a peer that passes.
func TestUnread(t *testing.T) {
	for name, server := range map[string]func(net.Conn){
		"silent": accepting(func(conn net.Conn, _ *bufio.Reader) { time.Sleep(3 * unreadLimit) }),
		"pings":  accepting(func(conn net.Conn, _ *bufio.Reader) { dripping(time.Second, unmasked(wsproto.OpPing, true, ""))(conn) }),
	} {
		t.Run(name, func(t *testing.T) {
			r := play(t, server, nil, caseOf(t, "autobahn/9.2.5"))
			events := r.Trace.Events
			last := events[len(events)-1].At
			if r.RFC.Outcome != oracle.Inconclusive || !strings.Contains(r.RFC.Reason, "did not read") || last > 10*unreadLimit {
				t.Errorf("%+v after %v", r.RFC, last)
			}
		})
	}
}
