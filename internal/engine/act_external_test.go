package engine_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// playActs plays the cases in which the peer acts first with an endpoint, in bubbles.
func playActs(t *testing.T, role wsproto.Role, o reference.Options, d *oracle.Dialect) []*report.Result {
	t.Helper()
	config := &engine.Config{Cases: []string{"peer-acts/*"}, Dialect: d}
	var target engine.Target
	// Bubbles share nothing: each connection has Acts of its own.
	fault := o.Acts.Fault
	var acts *reference.Acts
	config.Act = func(ctx context.Context, act engine.Act) error {
		return acts.Do(ctx, act.Address, act.Do, act.Code, act.Reason)
	}
	if role == wsproto.Server {
		target = engine.Server(func(conn net.Conn) {
			o := o
			acts = &reference.Acts{Fault: fault}
			o.Acts = acts
			_ = reference.ServeConn(conn, o)
		})
	} else {
		target = engine.ClientFunc(func(ctx context.Context, dial engine.Dial, url string) error {
			conn, err := dial(ctx, "tcp", "")
			if err != nil {
				return err
			}
			o := o
			acts = &reference.Acts{Fault: fault}
			o.Acts = acts
			return reference.Connect(conn, url, o)
		})
	}
	r, err := engine.RunBubble(t, target, config)
	if err != nil {
		t.Fatal(err)
	}
	return r.Agents[0].Results
}

// TestActs has the conforming endpoint act first, in both roles and for several dialects.
func TestActs(t *testing.T) {
	exchange, err := oracle.ParseDialect(echoExchange)
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range []wsproto.Role{wsproto.Server, wsproto.Client} {
		for _, d := range []*oracle.Dialect{nil, oracle.DialectNone, exchange} {
			if role == wsproto.Client && d == exchange {
				continue // it has no words for our side as a server
			}
			results := playActs(t, role, reference.Options{Acts: new(reference.Acts)}, d)
			if len(results) == 0 {
				t.Errorf("%v: no case was played", role)
			}
			for _, r := range results {
				if r.RFC.Outcome != oracle.Pass && r.RFC.Outcome != oracle.Allowed {
					t.Errorf("%v, %v: %s", role, d, engine.Describe(r, report.JudgeRFC, ""))
				}
			}
		}
	}
}

// TestActsOfMutants has endpoints with one fault act first.
func TestActsOfMutants(t *testing.T) {
	for _, c := range []struct {
		mutant string
		fault  reference.ActFault
		kills  map[string]oracle.ClauseID
	}{
		{"", reference.ActsUnchecked, map[string]oracle.ClauseID{
			"close-reason-124": "rfc6455/5.5/control-length", "close-reason-1000": "rfc6455/5.5/control-length",
			"close-reason-70000": "rfc6455/5.5/control-length", "close-code-999": "rfc6455/7.4.2/code-defined",
			"close-code-1005": "rfc6455/7.4.1/code-1005", "close-code-5000": "rfc6455/7.4.2/code-beyond",
		}},
		{"", reference.CutsCharacter, map[string]oracle.ClauseID{
			"close-reason-cut-2": "rfc6455/5.5.1/reason-utf8", "close-reason-cut-3": "rfc6455/5.5.1/reason-utf8", "close-reason-cut-4": "rfc6455/5.5.1/reason-utf8",
		}},
		{"", reference.EchoesOn, map[string]oracle.ClauseID{
			"close-then-message": "rfc6455/5.5.1/data-after-close", "close-then-many": "rfc6455/5.5.1/data-after-close",
			"close-in-message": "rfc6455/5.5.1/data-after-close",
		}},
		{"close-tcp-open", reference.ActsRight, map[string]oracle.ClauseID{
			"close": "rfc6455/5.5.1/server-close-tcp", "close-late": "rfc6455/5.5.1/server-close-tcp",
		}},
	} {
		o := reference.Options{Acts: &reference.Acts{Fault: c.fault}, Mutant: c.mutant}
		results := playActs(t, wsproto.Server, o, nil)
		for id, clause := range c.kills {
			i := slices.IndexFunc(results, func(r *report.Result) bool { return r.Case.ID == "peer-acts/"+id })
			if i < 0 {
				t.Errorf("no case %s", id)
				continue
			}
			killed := slices.ContainsFunc(results[i].RFC.Findings, func(f oracle.Finding) bool {
				return f.Outcome == oracle.Violation && strings.HasPrefix(string(f.Clause), string(clause))
			})
			if !killed {
				t.Errorf("%q, fault %d: %s is not killed by %s: %v", c.mutant, c.fault, id, clause, results[i].RFC)
			}
		}
	}
}

// TestHook runs commands as hooks.
func TestHook(t *testing.T) {
	act := engine.Act{Do: "close", Code: 1000, Reason: "it's \"over\"", Address: "127.0.0.1:1", Server: "127.0.0.1:2"}
	for _, c := range []struct{ command, want string }{
		{`test "$WSCHECK_ACT $WSCHECK_CODE $WSCHECK_REASON $WSCHECK_ADDRESS $WSCHECK_SERVER" = 'close 1000 it'"'"'s "over" 127.0.0.1:1 127.0.0.1:2'`, ""},
		{"echo one; echo two >&2; exit 3", "exit status 3: two"},
	} {
		got := ""
		if err := engine.Hook(c.command)(t.Context(), act); err != nil {
			got = err.Error()
		}
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.command, got, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := engine.Hook("exec sleep 1000")(ctx, act); err == nil {
		t.Error("a hook without end ends well")
	}
	if _, err := engine.ActOf(func(string) (string, bool) { return "", false }); err == nil {
		t.Error("an empty environment is that of a hook")
	}
}
