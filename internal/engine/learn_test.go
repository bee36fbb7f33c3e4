package engine

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/learn"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/wsproto"
)

// learned learns a peer of this process by some inputs, all where none is named.
func learned(t *testing.T, p *localPeer, only ...string) *learn.Result {
	t.Helper()
	r, err := learnHere(t, p, new(Config), learn.Options{Only: only})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func referenceServer(mutant string) *localPeer {
	return &localPeer{server: serving(reference.Options{Mutant: mutant})}
}

// TestLearnReference demands of the conforming endpoint two states, without and with
// a message that has begun, in bubbles, and the same over real connections as far
// as time is no input.
func TestLearnReference(t *testing.T) {
	t.Parallel()
	r := learned(t, referenceServer(""))
	m := r.Machine
	if r.Stopped != "" || r.Differ != nil || len(m.States) != 2 || m.Word(m.States[1].Access) != "first" || m.Peer != wsproto.Server || m.Deflate {
		t.Fatalf("%s%s", m.Format(), r.Text())
	}
	only := learn.Options{Words: 20, Only: []string{"text", "ping", "rsv1", "close-1000"}}
	live, err := Learn(t.Context(), Server(referenceServer("").server), nil, only)
	if err != nil {
		t.Fatal(err)
	}
	d, err := learn.Diff(m, live.Machine)
	if err != nil || len(d.Differences) > 0 || len(live.Machine.Inputs) != 4 || d.OnlyB != nil {
		t.Errorf("%v, %+v\n%s%s", err, d, live.Machine.Format(), live.Text())
	}
	only.Only[0] = "tex"
	if _, err := Learn(t.Context(), Server(referenceServer("").server), nil, only); err == nil || !strings.Contains(err.Error(), `"tex"`) {
		t.Errorf("there is an input: %v", err)
	}
}

// TestLearnMutants demands that what a mutant does otherwise shows in the shortest
// conversation that can show it.
func TestLearnMutants(t *testing.T) {
	t.Parallel()
	right := learned(t, referenceServer("")).Machine
	for mutant, want := range map[string]string{
		"pong-missing":            "ping: pong | nothing",
		"pong-once":               "ping, ping: pong | nothing",
		"pong-missing-in-message": "first, ping: pong | nothing",
		"accept-rsv1":             "rsv1: close 1002, end | echo",
		"send-rsv2-pong":          "ping: pong | rsv 2 pong",
		"send-length-16":          "text: echo | wrongly long echo",
	} {
		d, err := learn.Diff(right, learned(t, referenceServer(mutant)).Machine)
		if err != nil || len(d.Differences) == 0 {
			t.Errorf("%s: %v, no difference", mutant, err)
			continue
		}
		f := d.Differences[0]
		if got := fmt.Sprintf("%s: %s | %s", learn.WordOf(f.Word), f.A, f.B); got != want {
			t.Errorf("%s: %s, want %s", mutant, got, want)
		}
	}
}

// TestLearnFlaky demands that a server that answers by turns is reported, and that
// nothing is made up of what comes then.
func TestLearnFlaky(t *testing.T) {
	var asked atomic.Int64
	r := learned(t, &localPeer{server: func(conn net.Conn) {
		mutant := ""
		if asked.Add(1)%2 == 0 {
			mutant = "pong-missing"
		}
		referenceServer(mutant).server(conn)
	}}, "text", "ping")
	if !strings.Contains(r.Text(), "answers differ: ping: ") || !strings.Contains(string(r.Machine.Format()), "differs: nothing | pong") {
		t.Errorf("%s%s", r.Machine.Format(), r.Text())
	}
}

// TestLearnBad demands an error for peers that cannot be learned, and answers for one
// that sends without end.
func TestLearnBad(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mutant string
		want   string
	}{
		"refuses":      {"response-status-200", "does not take the opening handshake"},
		"stays behind": {"hang-after-opening", "goroutines of the peer's stay"},
	} {
		if _, err := learnHere(t, referenceServer(c.mutant), new(Config), learn.Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	leaves := &localPeer{server: accepting(func(net.Conn, *bufio.Reader) {})}
	if _, err := learnHere(t, leaves, new(Config), learn.Options{}); !errors.Is(err, errLeaves) {
		t.Errorf("one that leaves: %v", err)
	}
	if len(learned(t, referenceServer("refuse-offer"), "text").Machine.States) != 1 {
		t.Error("one that refuses the offer is not learned without it")
	}
	r := learned(t, referenceServer("endless"), "text", "ping")
	if text := string(r.Machine.Format()); !strings.Contains(text, "flood") {
		t.Errorf("one without end:\n%s%s", text, r.Text())
	}
}

// TestLearnStuck demands an error of a server that never comes to rest.
func TestLearnStuck(t *testing.T) {
	var released atomic.Bool // so that nothing of this takes a processor from other tests
	defer released.Store(true)
	_, err := learnHere(t, &localPeer{server: func(net.Conn) {
		for !released.Load() {
			runtime.Gosched()
		}
	}}, &Config{Hang: 10 * time.Millisecond}, learn.Options{})
	if err == nil || !strings.Contains(err.Error(), "after the opening handshake: the peer neither went on") {
		t.Errorf("%v", err)
	}
}

// TestLearnElsewhere demands that a server that cannot live in a bubble is learned
// live, by the handshake of the configuration, whether that says so or not.
func TestLearnElsewhere(t *testing.T) {
	t.Parallel()
	room := func(conn net.Conn) {
		head := make([]byte, 1<<10)
		n, err := conn.Read(head)
		if err != nil || !strings.HasPrefix(string(head[:n]), "GET /chat ") {
			conn.Close()
			return
		}
		referenceServer("").server(link.Rewind(conn, head[:n]))
	}
	// abroad has a goroutine that does not know of bubbles use a connection.
	abroad := func(conn net.Conn) {
		var done atomic.Bool
		calls.Lock()
		calls.waiting = append(calls.waiting, func() {
			_ = conn.SetDeadline(time.Time{})
			done.Store(true)
		})
		calls.Unlock()
		for !done.Load() {
			runtime.Gosched()
		}
		room(conn)
	}
	over := make(chan struct{})
	defer close(over)
	go func() {
		for tick := time.NewTicker(time.Millisecond); ; {
			select {
			case <-over:
				tick.Stop()
				return
			case <-tick.C:
			}
			calls.Lock()
			for _, f := range calls.waiting {
				f()
			}
			calls.waiting = nil
			calls.Unlock()
		}
	}()
	for name, c := range map[string]struct {
		server func(net.Conn)
		live   bool
	}{"says so": {room, true}, "does not": {abroad, false}} {
		config := &Config{Live: c.live, Path: "/chat"}
		r, err := learnHere(t, &localPeer{server: c.server}, config, learn.Options{Words: 5, Only: []string{"text", "close-1000", "minute"}})
		if err != nil || slices.Contains(r.Machine.Inputs, "minute") || !strings.Contains(string(r.Machine.Format()), "echo") {
			t.Errorf("%s: %v, %+v", name, err, r)
		}
	}
}

// calls are for a goroutine outside of all bubbles.
var calls struct {
	sync.Mutex
	waiting []func()
}

// TestSnapshot demands that a snapshot is written where that is wanted, holds, and
// fails with a conversation that shows what is new.
func TestSnapshot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "testdata", "a", "b"+learn.Extension)
	before, now := learned(t, referenceServer("")).Machine, learned(t, referenceServer("pong-missing")).Machine
	expect := func(m *learn.Machine, update bool, want ...string) {
		t.Helper()
		err := holdSnapshot(path, m, update)
		if (err != nil) != (want != nil) {
			t.Fatalf("%v, want %q", err, want)
		}
		for _, text := range want {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%v\nis without %q", err, text)
			}
		}
	}
	expect(before, false, "there is no snapshot", updateVariable+"=1")
	expect(before, true)
	expect(before, false)
	expect(now, false, "is not that of "+path, "ping (and so in another state)\n  before  pong\n  now     nothing\n", "frame PING \"ping 0\"", updateVariable+"=1")
	if err := os.WriteFile(path, []byte("wscheck machine 1\npeer: nobody\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	expect(before, false, path+":2: peer: want client or server")
	expect(now, true)
	expect(now, false)
	client := *now
	client.Peer = wsproto.Client
	expect(&client, false, "one is a server, the other a client")
	for test, want := range map[string]string{
		"TestA":           "testdata/TestA" + learn.Extension,
		"TestA/b c/../.x": "testdata/TestA/b-c/--/-x" + learn.Extension,
	} {
		if got := filepath.ToSlash(snapshotPath(test)); got != want {
			t.Errorf("%s: %s, want %s", test, got, want)
		}
	}
}
