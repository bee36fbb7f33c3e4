package engine_test

import (
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// BenchmarkLive plays cases over loopback TCP against the reference endpoint in
// the same process, so that its work is in the figures too.
func BenchmarkLive(b *testing.B) {
	for _, c := range []struct {
		name  string
		cases []string
	}{
		{"conversation", []string{"1.1.2"}},
		{"protocol", []string{"1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"}},
		{"limits", []string{"9.*"}},
	} {
		for _, jobs := range []int{1, 0} {
			b.Run(fmt.Sprintf("cases=%s/jobs=%d", c.name, jobs), func(b *testing.B) {
				ln, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					b.Fatal(err)
				}
				ctx, stop := context.WithCancel(b.Context())
				done := make(chan error, 1)
				go func() { done <- reference.Serve(ctx, ln, reference.Options{}) }()
				target := engine.URL("ws://"+ln.Addr().String()+"/", nil)
				config := &engine.Config{Cases: c.cases, Jobs: jobs}
				if c.name == "conversation" {
					// Many of the same, so that the first conversation with the peer does not count.
					one := caseOf(b, wsproto.Client, c.cases[0])
					for range 1000 {
						config.Select = append(config.Select, one)
					}
				}
				conversations := 0
				for b.Loop() {
					r, err := engine.Run(ctx, target, config)
					if err != nil {
						b.Fatal(err)
					}
					conversations += len(r.Agents[0].Results)
				}
				b.ReportMetric(float64(conversations)/b.Elapsed().Seconds(), "conversations/s")
				stop()
				<-done
			})
		}
	}
}

// echoExchange describes an echo as an exchange.
const echoExchange = `wscheck dialect 1
dialect "exchange"
as client
ask BINARY "ask " counter " " octets
answer BINARY "ask " counter " " octets
ask TEXT "ask " counter " " octets
answer TEXT "ask " counter " " octets
`

// BenchmarkDialect plays the same cases in bubbles with the same peer, taken for an
// echo, for a peer that nothing is known of, and for one that has an exchange.
func BenchmarkDialect(b *testing.B) {
	exchange, err := oracle.ParseDialect(echoExchange)
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range []*oracle.Dialect{oracle.DialectEcho, oracle.DialectNone, exchange} {
		b.Run("dialect="+d.Name, func(b *testing.B) {
			serve := serving(reference.Options{})
			engine.BenchmarkServer(b, serve, &engine.Config{Cases: []string{"1.1.*", "2.*", "5.*", "rfc6455/5.4/*"}, Dialect: d})
		})
	}
}
