package testee_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/fuzzingserver"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/testee"
	"github.com/wscheck/wscheck/wsproto"
)

// serve runs a server until the test ends, and returns its URL.
func serve(t *testing.T, wrap func(net.Listener) net.Listener, run func(context.Context, net.Listener) error) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "ws://" + ln.Addr().String() + "/"
	if wrap != nil {
		ln = wrap(ln)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return url
}

func TestBroadcaster(t *testing.T) {
	b := &testee.Broadcaster{Tick: time.Millisecond, Fields: wsproto.Fields{{Name: "Server", Value: "me"}}}
	url := serve(t, nil, b.Serve)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	heard := make([]chan string, 2)
	ended := make(chan error, 2)
	for i := range heard {
		heard[i] = make(chan string)
		l := testee.Listener{Hello: fmt.Sprintf("hello from %d", i), Every: time.Millisecond, Received: func(op wsproto.Opcode, payload []byte) {
			select {
			case heard[i] <- op.String() + " " + string(payload):
			case <-ctx.Done():
			}
		}}
		go func() { ended <- l.Run(ctx, url) }()
	}
	for i := range heard {
		missing := map[string]bool{"TEXT hello from 0": true, "TEXT hello from 1": true, "TEXT tick ": true}
		for len(missing) > 0 {
			message := <-heard[i]
			if strings.HasPrefix(message, "TEXT tick ") {
				message = "TEXT tick "
			}
			delete(missing, message)
		}
	}
	cancel()
	for range heard {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestBroadcasterTurnsAway(t *testing.T) {
	b := &testee.Broadcaster{Tick: time.Hour, MaxClients: 1}
	url := serve(t, nil, b.Serve)
	var d testee.Dialer
	first, err := d.Dial(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Drop()
	if err := first.Write(wsproto.OpBinary, []byte("mine")); err != nil {
		t.Fatal(err)
	}
	if op, payload, err := first.Read(); op != wsproto.OpBinary || string(payload) != "mine" || err != nil {
		t.Fatalf("%v %q, %v", op, payload, err)
	}
	second, err := d.Dial(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := second.Read(); !errors.Is(err, testee.ErrClosed) {
		t.Errorf("error %v, want a closing handshake", err)
	}
}

// refuser closes the first connections.
type refuser struct {
	net.Listener
	left atomic.Int32
}

func (r *refuser) Accept() (net.Conn, error) {
	for {
		conn, err := r.Listener.Accept()
		if err != nil || r.left.Add(-1) < 0 {
			return conn, err
		}
		conn.Close()
	}
}

func TestCrowd(t *testing.T) {
	const refused = 3
	r := new(refuser)
	r.left.Store(refused)
	url := serve(t, func(ln net.Listener) net.Listener {
		r.Listener = ln
		return r
	}, func(ctx context.Context, ln net.Listener) error { return reference.Serve(ctx, ln, reference.Options{}) })
	connected, failed := 0, 0
	crowd := testee.Crowd{
		Connections: 25, BatchSize: 10, BatchDelay: time.Millisecond, RetryDelay: time.Millisecond,
		Connected: func(n int) {
			if connected++; n != connected {
				t.Errorf("client %d is reported as %d", connected, n)
			}
		},
		Failed: func(error) { failed++ },
	}
	g, err := crowd.Run(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if g.Connected != 25 || connected != 25 || g.Failed != refused || failed != refused || g.Lost != 0 || g.Err == nil {
		t.Errorf("%+v, and %d connected and %d failed are reported", g, connected, failed)
	}
}

func TestCrowdGivesUp(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "ws://" + ln.Addr().String()
	ln.Close()
	crowd := testee.Crowd{Connections: 3, Patience: 20 * time.Millisecond, RetryDelay: time.Millisecond}
	g, err := crowd.Run(t.Context(), url)
	if err != nil || g.Connected != 0 || g.Failed == 0 || g.Err == nil {
		t.Errorf("%+v, %v", g, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	if _, err := crowd.Run(ctx, url); err == nil || err.Error() != "enough" {
		t.Errorf("error %v, want why the context ended", err)
	}
	for _, wrong := range []testee.Crowd{{}, {Connections: testee.MaxCrowd + 1}, {Connections: 1, BatchSize: -1}, {Connections: 1, Patience: -1}} {
		if _, err := wrong.Run(t.Context(), url); err == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
}

func TestClientPlaysTheCases(t *testing.T) {
	updated := make(chan string, 1)
	s, err := fuzzingserver.New(&fuzzingserver.Config{
		Config:  engine.Config{Cases: []string{"1.1.1", "1.1.2", "4.1.1", "7.1.1", "12.1.1"}, Quick: true},
		Updated: func(agent string) { updated <- agent },
	})
	if err != nil {
		t.Fatal(err)
	}
	url := serve(t, nil, s.Serve)
	counted, started := 0, 0
	c := testee.Client{
		Agent: "the & agent", Options: reference.Options{Deflate: new(reference.Deflate)},
		Counted: func(n int) { counted = n },
		Started: func(int, net.Addr) { started++ },
	}
	if err := c.Run(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	if counted != 5 || started != 5 {
		t.Errorf("%d cases are counted and %d started, want 5", counted, started)
	}
	if agent := <-updated; agent != c.Agent {
		t.Errorf("agent %q", agent)
	}
	r := s.Report()
	if len(r.Agents) != 1 || len(r.Agents[0].Results) != 5 {
		t.Fatalf("report %+v", r.Agents)
	}
	for _, result := range r.Agents[0].Results {
		if result.Failed(r.Judge) {
			t.Errorf("%s: %s %s", result.Case.ID, result.RFC.Outcome, result.RFC.Reason)
		}
	}
}

func TestClientOfAnotherServer(t *testing.T) {
	url := serve(t, nil, (&testee.Broadcaster{Tick: time.Millisecond}).Serve)
	c := testee.Client{Agent: "x"}
	if err := c.Run(t.Context(), url); err == nil || !strings.Contains(err.Error(), "sends more") {
		t.Errorf("a broadcaster is taken for a fuzzing server: %v", err)
	}
	if err := c.Run(t.Context(), "http://127.0.0.1/"); err == nil || !strings.Contains(err.Error(), "want ws://") {
		t.Errorf("error %v", err)
	}
}
