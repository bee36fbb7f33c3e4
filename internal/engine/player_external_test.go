package engine_test

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
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

// violated returns the clauses of the violations.
func violated(v *oracle.Verdict) (ids []oracle.ClauseID) {
	for _, f := range v.Findings {
		if f.Outcome == oracle.Violation {
			ids = append(ids, f.Clause)
		}
	}
	return ids
}

// TestPlayerTargets plays with each kind of target.
func TestPlayerTargets(t *testing.T) {
	mutant := reference.Options{Mutant: "accept-rsv2"}
	serving := serve(t, func(conn net.Conn) { _ = reference.ServeConn(conn, mutant) })
	for _, c := range []struct {
		name   string
		target engine.Target
	}{
		{"url", engine.URL(serving, nil)},
		{"server", engine.Server(func(conn net.Conn) { _ = reference.ServeConn(conn, mutant) })},
		{"client", engine.ClientFunc(func(ctx context.Context, dial engine.Dial, url string) error {
			conn, err := dial(ctx, "tcp", "")
			if err != nil {
				return err
			}
			return reference.Connect(conn, url, mutant)
		})},
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
					if got := append(violated(&r.RFC), owed...); !slices.Contains(got, "rfc6455/5.2/rsv-fail") {
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
	serving := engine.Server(func(conn net.Conn) { _ = reference.ServeConn(conn, reference.Options{}) })
	p, err := engine.NewPlayer(t.Context(), serving, &engine.Config{Dialect: oracle.DialectNone})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
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

// TestSkimOwed demands that haste holds nothing against a peer, but says what is
// owed, and that patience holds it against it.
func TestSkimOwed(t *testing.T) {
	t.Parallel()
	p := player(t, engine.Server(func(conn net.Conn) {
		_ = reference.ServeConn(conn, reference.Options{Mutant: "pong-missing"})
	}))
	const clause = "rfc6455/5.5.2/pong"
	for owes := false; !owes; { // on a busy machine the conversation comes to nothing in that time, or takes long
		r, owed, _, err := p.PlayFast(t.Context(), scriptOf())
		if err != nil {
			t.Fatal(err)
		}
		if last := r.Trace.Events[len(r.Trace.Events)-1]; len(violated(&r.RFC)) > 0 && last.At < oracle.DefaultPatience {
			t.Fatalf("in haste: violated %q after %v, owed %q", violated(&r.RFC), last.At, owed)
		}
		owes = slices.Contains(owed, clause)
	}
	if r, err := p.Play(t.Context(), scriptOf()); err != nil || !slices.Contains(violated(&r.RFC), clause) {
		t.Errorf("with patience: violated %q, %v", violated(&r.RFC), err)
	}
}

// TestPlayerDeath has a process die of one script among others.
func TestPlayerDeath(t *testing.T) {
	t.Parallel()
	p := player(t, engine.Command(dyingVariable+"=1 exec '"+os.Args[0]+"' -test.run='^TestDyingServer$'", "", nil))
	deadly, harmless := scriptOf(frame(wsproto.OpText, 0, deadlyWord)), scriptOf(frame(wsproto.OpText, 0, "x"))
	for _, cs := range []*catalogue.Case{harmless, deadly, harmless} {
		if _, err := p.Play(t.Context(), cs); err != nil {
			t.Fatal(err)
		}
	}
	r, err := p.PlayAlone(t.Context(), harmless)
	if err != nil || r.Died != "" {
		t.Fatalf("died of what is harmless: %q, %v", r.Died, err)
	}
	deaths := p.TakeDeaths()
	if p.Deaths() != 1 || len(deaths) != 1 || !slices.Contains(deaths[0].Suspects, deadly) {
		t.Fatalf("%d deaths: %+v", p.Deaths(), deaths)
	}
	if r, err = p.PlayAlone(t.Context(), deadly); err != nil || r.Died == "" || !slices.Contains(violated(&r.RFC), "wscheck/peer-died") {
		t.Errorf("did not die of what is deadly: %+v, %v", r.RFC, err)
	}
	if deaths := p.TakeDeaths(); len(deaths) != 0 {
		t.Errorf("a death that is accounted for is reported again: %+v", deaths)
	}
}

// dyingVariable is set in the process of TestDyingServer, which exits when it is
// sent deadlyWord.
const (
	dyingVariable = "WSCHECK_TEST_DYING"
	deadlyWord    = "die"
)

// TestDyingServer is the peer of TestPlayerDeath.
func TestDyingServer(t *testing.T) {
	if os.Getenv(dyingVariable) == "" {
		t.Skip("the peer of TestPlayerDeath")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		t.Fatal(err)
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		go func() { _ = reference.ServeConn(&dying{Conn: conn}, reference.Options{}) }()
	}
}

// dying is a connection of a server that exits on what it is about to echo.
type dying struct{ net.Conn }

func (d *dying) Write(b []byte) (int, error) {
	if strings.Contains(string(b), deadlyWord) {
		os.Exit(3)
	}
	return d.Conn.Write(b)
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
	p := player(t, engine.URL(serve(t, func(conn net.Conn) { _ = reference.ServeConn(conn, reference.Options{}) }), nil))
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	cancel(reason)
	if _, err := p.Play(ctx, scriptOf(oracle.Step{Kind: oracle.StepWait, Timeout: time.Hour})); !errors.Is(err, reason) {
		t.Errorf("error %v, want %v", err, reason)
	}
}
