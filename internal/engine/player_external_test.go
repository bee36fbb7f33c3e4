package engine_test

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/mutation"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// player returns a player for a target, closed with the test.
func player(t *testing.T, target engine.Target) *engine.Player {
	t.Helper()
	p, err := engine.NewPlayer(t.Context(), target, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func scriptOf(steps ...oracle.Step) *catalogue.Case {
	return &catalogue.Case{ID: "a script", Roles: catalogue.InBoth, Script: oracle.Script{Steps: steps}}
}

// frame is a step that sends a frame.
func frame(op wsproto.Opcode, rsv byte, payload string) oracle.Step {
	return oracle.Step{
		Kind: oracle.StepFrame, Frame: wsproto.Header{Fin: true, Rsv: rsv, Opcode: op},
		Payload: oracle.Payload{Data: []byte(payload)},
	}
}

// TestPlayerTargets plays with each kind of target.
func TestPlayerTargets(t *testing.T) {
	mutant := reference.Options{Mutant: "accept-rsv2"}
	for _, c := range []struct {
		name   string
		target engine.Target
	}{
		{"url", engine.URL(serve(t, serving(mutant)), nil)},
		{"server", engine.Server(serving(mutant))},
		{"client", mutation.Endpoint(wsproto.Client, mutant)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := player(t, c.target)
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					r, owed, _, err := p.PlayFast(t.Context(), scriptOf(frame(wsproto.OpText, 2, "x")))
					if err != nil {
						t.Error(err)
						return
					}
					if got := append(r.RFC.Broken(), owed...); !slices.Contains(got, "rfc6455/5.2/rsv-fail") {
						t.Errorf("violated or owed: %q", got)
					}
				})
			}
			wg.Wait()
			r, err := p.Play(t.Context(), scriptOf(frame(wsproto.OpText, 0, "x")))
			if err != nil || r.RFC.Outcome != oracle.Pass {
				t.Errorf("a plain message: %v, %v", r, err)
			}
			if exercised, reached := p.Covered(); exercised["rfc6455/5.2/rsv-fail"] < 8 || reached["open"] < 9 {
				t.Errorf("covered: %v, %v", exercised, reached)
			}
		})
	}
}

// TestPlayerDialect plays cases of Autobahn, which are about echoes, with a server that does
// not echo.
func TestPlayerDialect(t *testing.T) {
	p := varier(t, serving(reference.Options{}))
	played := 0
	for _, cs := range engine.SeedCases(wsproto.Server) {
		if cs.Autobahn == nil || played == 3 {
			continue
		}
		played++
		r, err := p.Play(t.Context(), cs)
		if err != nil {
			t.Fatal(err)
		}
		if r.Case != cs || r.Record != nil || r.RFC.Outcome == oracle.Violation {
			t.Errorf("%s: got %s, with a record of Autobahn: %t", cs.ID, r.RFC.Outcome, r.Record != nil)
		}
	}
	if played == 0 {
		t.Error("no case of Autobahn is a seed")
	}
}

// TestPlayFastOwes demands that haste holds nothing against a peer, but says what is
// owed, and that patience holds it against it.
func TestPlayFastOwes(t *testing.T) {
	t.Parallel()
	p := player(t, engine.Server(serving(reference.Options{Mutant: "pong-missing"})))
	const clause = "rfc6455/5.5.2/pong"
	for owes := false; !owes; { // on a busy machine the conversation comes to nothing in that time, or takes long
		r, owed, _, err := p.PlayFast(t.Context(), scriptOf())
		if err != nil {
			t.Fatal(err)
		}
		if last := r.Trace.Events[len(r.Trace.Events)-1]; len(r.RFC.Broken()) > 0 && last.At < oracle.DefaultPatience {
			t.Fatalf("in haste: violated %q after %v, owed %q", r.RFC.Broken(), last.At, owed)
		}
		owes = slices.Contains(owed, clause)
	}
	if r, err := p.Play(t.Context(), scriptOf()); err != nil || !slices.Contains(r.RFC.Broken(), clause) {
		t.Errorf("with patience: violated %q, %v", r.RFC.Broken(), err)
	}
}

// mute is a connection on which a peer sends its part of the opening handshake and no more.
type mute struct {
	net.Conn
	opened bool
}

func (c *mute) Write(b []byte) (int, error) {
	if c.opened {
		return len(b), nil
	}
	c.opened = true
	return c.Conn.Write(b)
}

// TestProve proves the silence of a server that sends no pongs, and none of a conforming one that was held up as a
// whole: it sends no more than the opening handshake in two conversations, and nothing on the connection after them.
func TestProve(t *testing.T) {
	t.Parallel()
	const patience = 300 * time.Millisecond
	ping := scriptOf(frame(wsproto.OpPing, 0, "x"))
	for _, mutant := range []string{"", "pong-missing"} {
		t.Run("mutant="+mutant, func(t *testing.T) {
			t.Parallel()
			var held atomic.Bool
			var connections atomic.Int32
			p, err := engine.NewPlayer(t.Context(), engine.Server(func(conn net.Conn) {
				if held.Load() {
					switch connections.Add(1) {
					case 1, 2:
						conn = &mute{Conn: conn}
					case 3:
						_, _ = io.Copy(io.Discard, conn)
						return
					}
				}
				_ = reference.ServeConn(conn, reference.Options{Mutant: mutant})
			}), &engine.Config{Patience: patience})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			held.Store(mutant == "")
			first, err := p.Play(t.Context(), ping)
			if err != nil || first.RFC.Outcome != oracle.Violation {
				t.Fatalf("played with patience: %v, %v, want a silence", first.RFC.Outcome, err)
			}
			proved, err := p.Prove(t.Context(), first)
			if err != nil {
				t.Fatal(err)
			}
			if want := mutant != ""; (proved.RFC.Outcome == oracle.Violation) != want {
				t.Errorf("proved: %v (%s), want a violation: %v", proved.RFC.Outcome, proved.RFC.Reason, want)
			}
			if mutant == "" && connections.Load() != 4 {
				t.Errorf("%d connections, want one played, one to prove, one to see whether the server answers, and one to prove again", connections.Load())
			}
		})
	}
}

// TestIncomingPlayer plays with a client that connects again and again.
func TestIncomingPlayer(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				return
			}
			_ = reference.Connect(conn, "ws://localhost/", reference.Options{})
		}
	}()
	p, err := engine.NewPlayer(t.Context(), engine.Incoming(ln), nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		r, err := p.Play(t.Context(), scriptOf(frame(wsproto.OpText, 0, "x")))
		if err != nil || r.RFC.Outcome != oracle.Pass || r.Trace.Role != wsproto.Server {
			t.Errorf("%+v, %v", r, err)
		}
	}
	p.Close()
	<-ended
	var unreachable *engine.UnreachableError
	if _, err := p.Play(t.Context(), scriptOf()); !errors.As(err, &unreachable) {
		t.Errorf("error %v where nobody can connect", err)
	}
}

// TestPlayerStops demands that the end of the context ends a conversation.
func TestPlayerStops(t *testing.T) {
	t.Parallel()
	p := player(t, engine.URL(embedded(t), nil))
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	cancel(reason)
	if _, err := p.Play(ctx, scriptOf(oracle.Step{Kind: oracle.StepWait, Timeout: time.Hour})); !errors.Is(err, reason) {
		t.Errorf("error %v, want %v", err, reason)
	}
}
