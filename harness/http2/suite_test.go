package http2

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/wsproto"
)

// target makes the endpoint a peer over HTTP/2.
func target(role wsproto.Role, o Options, ref reference.Options) engine.Target {
	if role == wsproto.Server {
		return engine.Server(func(conn net.Conn) {
			Serve(conn, o, func(conn net.Conn) { _ = reference.ServeConn(conn, ref) })
		})
	}
	return engine.ClientFunc(func(ctx context.Context, dial engine.Dial, url string) error {
		conn, err := dial(ctx, "tcp", "")
		if err != nil {
			return err
		}
		return reference.Connect(Connect(conn, o), url, ref)
	})
}

// quick are the cases of a role over HTTP/2, apart from those that take long.
func quick(role wsproto.Role) []*catalogue.Case { return slices.Clone(quickOf[role]()) }

var quickOf = [2]func() []*catalogue.Case{
	wsproto.Client: sync.OnceValue(func() []*catalogue.Case { return findQuick(wsproto.Client) }),
	wsproto.Server: sync.OnceValue(func() []*catalogue.Case { return findQuick(wsproto.Server) }),
}

func findQuick(role wsproto.Role) (cases []*catalogue.Case) {
	all, err := engine.Plan(role.Peer(), &engine.Config{Carrier: Carrier})
	if err != nil {
		panic(err)
	}
	for _, cs := range all {
		if !cs.Slow && !cs.Alone && !cs.Bulk {
			cases = append(cases, cs)
		}
	}
	return cases
}

// TestReference plays two thirds of the cases with the conforming endpoint, and all of them where
// WSCHECK_ALL is set.
func TestReference(t *testing.T) {
	for _, role := range []wsproto.Role{wsproto.Server, wsproto.Client} {
		t.Run(role.String(), func(t *testing.T) {
			ref := reference.Options{Deflate: new(reference.Deflate), Freedom: reference.Freedom{Seed: 1}}
			r, err := engine.RunBubble(t, target(role, Options{}, ref), &engine.Config{Carrier: Carrier, Select: testseeds.Part(quick(role.Peer()), int(role))})
			if err != nil {
				t.Fatal(err)
			}
			passed, shown := 0, 0
			for _, result := range r.Agents[0].Results {
				if result.Failed("rfc") {
					if shown++; shown < 4 {
						t.Errorf("%s", engine.Describe(result, report.JudgeRFC, ""))
					} else {
						t.Errorf("%s: %+v", result.Case.ID, result.RFC)
					}
				} else {
					passed++
				}
			}
			t.Logf("%d of %d", passed, len(r.Agents[0].Results))
		})
	}
}
