package engine

import (
	"flag"
	"net"
	"runtime"
	"testing"

	"github.com/wscheck/wscheck/oracle"
)

// BenchmarkServer measures conversations with a server, each in a bubble (see
// [TestServer]): an operation is one conversation of the configured cases, which
// follow each other in turn, with its opening handshake and both verdicts. It
// fails the benchmark if there is a verdict that fails and is not known.
//
//	func BenchmarkConversation(b *testing.B) {
//		engine.BenchmarkServer(b, echo, &engine.Config{Cases: []string{"1.*", "2.*"}})
//	}
func BenchmarkServer(b *testing.B, server func(net.Conn), config *Config) {
	b.Helper()
	benchmarkPeer(b, &peer{server: server}, config)
}

// BenchmarkClient is [BenchmarkServer] for a client.
func BenchmarkClient(b *testing.B, client Client, config *Config) {
	b.Helper()
	benchmarkPeer(b, &peer{client: client}, config)
}

func benchmarkPeer(b *testing.B, p *peer, config *Config) {
	b.Helper()
	s, err := newSuite(b.Name(), p, config)
	if err != nil {
		b.Fatalf("wscheck: %v", err)
	}
	defer s.close()
	if len(s.cases) == 0 {
		b.Fatal("wscheck: no case is selected")
	}
	judge := s.config.judge()
	b.ReportAllocs()
	lendT(func(t *testing.T) {
		for i := 0; b.Loop(); i++ {
			cs := s.cases[i%len(s.cases)]
			r, err := s.playFor(t, cs, func(v *oracle.Verdict) bool { return cs.Autobahn != nil || v.Outcome == oracle.Violation })
			if err != nil {
				b.Errorf("wscheck: %v", err)
				return
			}
			if r != nil && r.Failed(judge) && s.known.excuse(r, judge) == nil {
				b.Errorf("%s\n%s", r.Case.ID, describeFailure(r, judge, ""))
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "conversations/s")
}

// lendT calls f with a T. A benchmark has none, and [testing/synctest] takes
// nothing else. It is that of a test of its own, which runs once, whatever the
// flags of go test say of tests, on as many processors as the benchmark.
func lendT(f func(*testing.T)) {
	for _, name := range []string{"test.run", "test.skip", "test.count"} {
		value := flag.Lookup(name).Value
		before := value.String()
		defer value.Set(before)
		if name == "test.count" {
			_ = value.Set("1")
		} else {
			_ = value.Set("")
		}
	}
	procs := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(procs)
	lent := false // go test -cpu runs tests several times
	testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{
		Name: "conversations",
		F: func(t *testing.T) {
			if lent {
				return
			}
			lent = true
			runtime.GOMAXPROCS(procs)
			f(t)
		},
	}})
}
