package engine_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/mutation"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// caseOf returns the case of that id.
func caseOf(t testing.TB, ours wsproto.Role, id string) *catalogue.Case {
	t.Helper()
	cases := catalogue.For(ours)
	i := slices.IndexFunc(cases, func(c *catalogue.Case) bool { return c.ID == id })
	if i < 0 {
		t.Fatalf("no case %s", id)
	}
	return cases[i]
}

// verdict plays a case in a bubble.
func verdict(t *testing.T, target engine.Target, cs *catalogue.Case) oracle.Verdict {
	t.Helper()
	run, err := engine.RunBubble(t, target, &engine.Config{Select: []*catalogue.Case{cs}})
	if err != nil {
		t.Fatal(err)
	}
	return run.Agents[0].Results[0].RFC
}

// TestComparedWithPlain plays cases that show a fault only beside what the peer does
// in a plain conversation: in bubbles, which have one for that, and over the
// loopback interface, where it is the first of a run. There, pieces may come to the peer together.
func TestComparedWithPlain(t *testing.T) {
	for _, tt := range []struct {
		mutant, id string
		role       wsproto.Role // the peer's
		clause     oracle.ClauseID
	}{
		{"refuse-request-connection-list", "rfc6455/4.2.1/connection-list-last", wsproto.Server, "rfc6455/4.2.2/equal"},
		{"refuse-request-name-case", "rfc6455/4.2.1/host-name-lower-case", wsproto.Server, "rfc6455/4.2.2/equal"},
		{"drop-request-pieces", "rfc6455/4.2.1/chop-64", wsproto.Server, "rfc6455/4.2.2/equal"},
		{"refuse-offer", "rfc7692/7.1/offer-plain", wsproto.Server, "rfc7692/5/decline"},
		{"fail-on-close-private", "rfc6455/7.4/close-code-4000", wsproto.Server, "rfc6455/5.5.1/close-taken"},
		{"fail-on-close-private", "rfc6455/7.4/close-code-4000", wsproto.Client, "rfc6455/5.5.1/close-taken"},
		{"close-dropped", "rfc6455/5.5.1/close-after-quiet", wsproto.Server, "rfc6455/5.5.1/close-reply"},
		{"close-dropped", "rfc6455/4.2.2/response", wsproto.Server, "rfc6455/5.5.1/close-reply"},
		{"answer-close-reason", "rfc6455/8.1/reason-lone-private", wsproto.Client, "rfc6455/8.1/reason-fail"},
	} {
		cs := caseOf(t, tt.role.Peer(), tt.id)
		for _, name := range []string{tt.mutant, ""} {
			o := reference.Options{Deflate: new(reference.Deflate), Mutant: name, Freedom: reference.Freedom{Seed: 1}}
			target := mutation.Endpoint(tt.role, o)
			config := &engine.Config{Select: []*catalogue.Case{cs}}
			find := func(r *engine.Report, err error) (v oracle.Verdict, found bool) {
				if err != nil {
					t.Fatal(err)
				}
				v = r.Agents[0].Results[0].RFC
				return v, slices.ContainsFunc(v.Findings, func(f oracle.Finding) bool {
					return f.Clause == tt.clause && f.Outcome == oracle.Violation
				})
			}
			for engine, run := range map[string]func() (*engine.Report, error){
				"live":   func() (*engine.Report, error) { return engine.Run(t.Context(), target, config) },
				"bubble": func() (*engine.Report, error) { return engine.RunBubble(t, target, config) },
			} {
				v, found := find(run())
				for tries := 1; name != "" && !found && tries < 5 && engine == "live"; tries++ {
					v, found = find(run()) // on a busy machine the plain conversation may not show enough
				}
				together := engine == "live" && name == "drop-request-pieces" && v.Outcome == oracle.Pass
				if found != (name != "") && !together || name == "" && v.Outcome == oracle.Violation {
					t.Errorf("%s of %s %q, %s: %+v", tt.id, tt.role, name, engine, v)
				}
			}
		}
	}
}

// TestRefusedForOtherReasons: a refusal that speaks of the load, or of who asks, is
// none of what is asked, and a server that takes no request is not compared.
func TestRefusedForOtherReasons(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		always bool // else for some requests
		want   oracle.Outcome
	}{
		{"busy", 503, false, oracle.Unsupported},
		{"many", 429, false, oracle.Unsupported},
		{"moved", 302, false, oracle.Unsupported},
		{"always", 400, true, oracle.Unsupported},
		{"equal", 400, false, oracle.Violation},
	} {
		server := func(conn net.Conn) {
			defer conn.Close()
			r, err := http.ReadRequest(bufio.NewReader(conn))
			if err != nil {
				return
			}
			if tt.always || strings.Contains(r.Header.Get("Connection"), ",") {
				fmt.Fprintf(conn, "HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n", tt.status)
				return
			}
			_, _ = conn.Write(wsproto.NewResponse(r.Header.Get("Sec-WebSocket-Key")).AppendTo(nil))
		}
		if v := verdict(t, engine.Server(server), caseOf(t, wsproto.Client, "rfc6455/4.2.1/connection-list-last")); v.Outcome != tt.want {
			t.Errorf("%s: %+v, want %v", tt.name, v, tt.want)
		}
	}
}

// TestEndedForOtherReasons: a server that ends plain connections too, once it has had many, says nothing of a request by
// ending its connection without an answer.
func TestEndedForOtherReasons(t *testing.T) {
	for _, tt := range []struct {
		name    string
		limited bool
		want    oracle.Outcome
	}{
		{"limited", true, oracle.Slow},
		{"offer", false, oracle.Violation},
	} {
		var full atomic.Bool
		server := func(conn net.Conn) {
			defer conn.Close()
			in := bufio.NewReader(conn)
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			offers := r.Header.Get("Sec-WebSocket-Extensions") != ""
			if full.CompareAndSwap(false, offers && tt.limited); offers || full.Load() {
				return
			}
			_, _ = conn.Write(wsproto.NewResponse(r.Header.Get("Sec-WebSocket-Key")).AppendTo(nil))
			echoPlain(conn, in)
		}
		config := &engine.Config{Select: []*catalogue.Case{caseOf(t, wsproto.Client, "rfc7692/7.1/offer-plain")}}
		run, err := engine.Run(t.Context(), engine.Server(server), config)
		if err != nil {
			t.Fatal(err)
		}
		if v := run.Agents[0].Results[0].RFC; v.Outcome != tt.want {
			t.Errorf("%s: %+v, want %v", tt.name, v, tt.want)
		}
	}
}
