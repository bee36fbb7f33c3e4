package engine

import (
	"bytes"
	"net"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

func TestPlan(t *testing.T) {
	all, err := Plan(wsproto.Client, nil)
	if err != nil || len(all) < 517 || all[516].ID != "autobahn/13.7.18" {
		t.Fatalf("%d cases, %v", len(all), err)
	}
	for _, cs := range all {
		if !cs.Roles.Has(wsproto.Server) {
			t.Errorf("%s is not for clients", cs.ID)
		}
	}
	some, err := Plan(wsproto.Client, &Config{Cases: []string{"12.1.1", "2.2"}, Quick: true})
	if err != nil || len(some) != 2 || some[0].ID != "autobahn/2.2" {
		t.Fatalf("%v, %v", some, err)
	}
	for _, s := range some[1].Script.Steps {
		if s.Kind == oracle.StepEcho && s.Count != quickMessages {
			t.Errorf("%d messages in a quick run", s.Count)
		}
	}
	if _, err := Plan(wsproto.Client, &Config{Cases: []string{"(*"}}); err == nil {
		t.Error("no error of a bad pattern")
	}
	if _, err := Plan(wsproto.Client, &Config{Jobs: -1}); err == nil {
		t.Error("no error of a bad config")
	}
}

// visit plays a case with a client that is given its end of the connection, and
// returns the result and how many pings the client got.
func visit(t *testing.T, v *Visitor, client func(net.Conn), id string) (r *report.Result, pings int) {
	t.Helper()
	cases, err := Plan(wsproto.Client, &Config{Cases: []string{id}})
	if err != nil || len(cases) != 1 {
		t.Fatalf("%s: %d cases, %v", id, len(cases), err)
	}
	ours, theirs := net.Pipe()
	go client(theirs)
	r = v.Converse(t.Context(), ours, nil, nil, cases[0])
	if r.Agent != v.Agent() {
		t.Errorf("the agent is called %q, want %q", r.Agent, v.Agent())
	}
	return r, sentPings(r.Trace)
}

// conforming is the reference client.
func conforming(o reference.Options) func(net.Conn) {
	return func(conn net.Conn) { _ = reference.Connect(conn, "ws://localhost/", o) }
}

// TestVisitorPings has a client whose connections cannot be had again: it gets
// no ping of ours before it has shown what it does with one, nor in the middle
// of a message.
func TestVisitorPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := NewVisitor("a", nil)
		mute := conforming(reference.Options{Mutant: "echo-missing"})
		for i, step := range []struct {
			client func(net.Conn)
			id     string
			pings  int // the script's, and ours
			silent bool
		}{
			{mute, "1.1.2", 0, true},
			{conforming(reference.Options{}), "2.2", 1, false},
			{mute, "1.1.2", 1, true},
			{conforming(reference.Options{}), "5.19", 2, false},
		} {
			r, pings := visit(t, v, step.client, step.id)
			if pings != step.pings || (r.Doubt != "") != step.silent || r.Failed(report.JudgeAutobahn) {
				t.Errorf("conversation %d: %d pings, want %d; %s, %s", i, pings, step.pings, r.Record.Behavior, r.Doubt)
			}
		}
	})
}

// TestVisitorUpset has a client that stumbles over a ping of ours: it gets no
// further one.
func TestVisitorUpset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := NewVisitor("a", nil)
		v.ponged.Store(true)
		for i, want := range []int{1, 0} {
			if _, pings := visit(t, v, stumble, "1.1.2"); pings != want {
				t.Errorf("conversation %d has %d pings of ours, want %d", i, pings, want)
			}
		}
	})
}

// stumble is a client that answers a ping by a frame that is not masked, and
// nothing else.
func stumble(conn net.Conn) {
	defer conn.Close()
	_, _ = conn.Write(wsproto.NewRequest("localhost", "/", "dGhlIHNhbXBsZSBub25jZQ==").AppendTo(nil))
	var p wsproto.Parser
	buf := make([]byte, 4096)
	if _, err := conn.Read(buf); err != nil { // the response, which comes alone
		return
	}
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		p.Feed(buf[:n])
		for it, ok := p.Next(); ok; it, ok = p.Next() {
			if it.Kind == wsproto.ItemEnd && it.Header.Opcode == wsproto.OpPing {
				_, _ = conn.Write([]byte("\x8a\x00"))
			}
		}
	}
}

// sentPings counts the pings that we sent.
func sentPings(trace *oracle.Trace) (n int) {
	var p wsproto.Parser
	opened := false
	for _, ev := range trace.Events {
		switch {
		case ev.Kind != oracle.EventSent:
		case !opened:
			opened = true
		default:
			p.Feed(ev.Data)
			for it, ok := p.Next(); ok; it, ok = p.Next() {
				if it.Kind == wsproto.ItemHeader && it.Header.Opcode == wsproto.OpPing {
					n++
				}
			}
		}
	}
	return n
}

func TestLongRepetitionsAreShared(t *testing.T) {
	p := &oracle.Payload{Data: []byte("spam"), Len: sharedFrom + 1}
	a, b := repeated(p), repeated(p)
	if a != b || len(*a) != p.Len || !bytes.HasPrefix(*a, []byte("spamspam")) || (*a)[p.Len-1] != 's' {
		t.Errorf("%d octets, shared: %t", len(*a), a == b)
	}
	other := repeated(&oracle.Payload{Data: []byte("spam"), Len: sharedFrom + 2})
	if len(*other) != sharedFrom+2 {
		t.Errorf("%d octets of another length", len(*other))
	}
	runtime.KeepAlive(a)
}

// late is a connection whose writes take a while, but for the first: the client
// answers late.
type late struct {
	net.Conn
	writes int
}

func (l *late) Write(p []byte) (int, error) {
	if l.writes++; l.writes > 1 {
		time.Sleep(8 * time.Second)
	}
	return l.Conn.Write(p)
}

// TestVisitorPatience has a client that answers late: with little patience
// and with much, that is not held against it.
func TestVisitorPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, patience := range []time.Duration{time.Second, time.Minute} {
			v := NewVisitor("a", &Config{Patience: patience, Limits: Limits{CloseReply: time.Second, Drop: time.Second}})
			r, _ := visit(t, v, func(conn net.Conn) {
				_ = reference.Connect(&late{Conn: conn}, "ws://localhost/", reference.Options{CloseTimeout: time.Minute})
			}, "1.1.2")
			if r.RFC.Outcome != oracle.Slow || r.Failed(report.JudgeRFC) || r.Failed(report.JudgeAutobahn) {
				t.Errorf("patience %v: %v, %s", patience, r.RFC, r.Doubt)
			}
			time.Sleep(time.Hour) // until the client is done
		}
	})
}

// TestVisitorSilence wants a silence to count once it was the same in three
// conversations, one after the other: whatever keeps a client from three at once is
// one thing.
func TestVisitorSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mute := conforming(reference.Options{Mutant: "echo-missing"})
		const id = "rfc6455/5.6/text-ends-lf"
		v := NewVisitor("a", nil)
		var side sync.WaitGroup
		for range 2 * tries {
			side.Go(func() {
				if r, _ := visit(t, v, mute, id); r.Doubt == "" || r.Failed(report.JudgeRFC) {
					t.Errorf("with others beside it: %s, %q", r.RFC.Outcome, r.Doubt)
				}
			})
		}
		side.Wait()
		for i := range tries {
			r, _ := visit(t, v, mute, id)
			if last := i == tries-1; (r.Doubt == "") != last || r.Failed(report.JudgeRFC) != last {
				t.Errorf("alone, %d: %s, %q", i, r.RFC.Outcome, r.Doubt)
			}
		}
	})
}
