package engine

import (
	"errors"
	"flag"
	"net"
	"runtime"
	"testing"

	"github.com/wscheck/wscheck/oracle"
)

// TestServer plays the configured cases with a server, each in a bubble and as a subtest
// of t. Package harness documents it, as it does the other verbs that have a testing.TB.
func TestServer(t *testing.T, server func(net.Conn), config *Config) {
	t.Helper()
	testPeer(t, &localPeer{server: server}, config)
}

// TestClient is [TestServer] for a client, which is called once for each case.
func TestClient(t *testing.T, client Client, config *Config) {
	t.Helper()
	testPeer(t, &localPeer{client: client}, config)
}

func testPeer(t *testing.T, p *localPeer, config *Config) {
	t.Helper()
	s, err := newSuite(t.Name(), p, config)
	if err == nil {
		err = s.config.checkSelected(s.cases)
	}
	if err != nil {
		t.Fatalf("wscheck: %v", err)
	}
	defer func() { s.close() }()
	for _, cs := range s.cases {
		ran := false
		t.Run(cs.ID, func(t *testing.T) {
			t.Helper()
			ran = s.testCase(t, cs)
		})
		if s.config.unsupported(cs) == "" {
			s.known.note(cs, ran)
		}
	}
	if len(s.failed) > 0 {
		t.Errorf("%s", describeGroups(s.failed, s.config.decidingJudge(), t.Name()))
	}
	if _, err := s.makeReport(); err != nil {
		t.Errorf("wscheck: %v", err)
	}
	if err := s.known.stale(); err != nil {
		t.Errorf("wscheck: %v", err)
	}
}

// RunBubble is [Run] with each conversation in a bubble, as [TestServer] and
// [TestClient] have it, for a target made by [Server] or [ClientFunc]. t is
// lent to package synctest: verdicts are in the report alone, and deviations
// that are known play no part.
func RunBubble(t *testing.T, target Target, config *Config) (*Report, error) {
	local, ok := target.(*localTarget)
	if !ok {
		return nil, errors.New("only a peer in this process can be run in a bubble: see Server and ClientFunc")
	}
	s, err := newSuite(t.Name(), &local.peer, config)
	if err != nil {
		return nil, err
	}
	defer func() { s.close() }()
	s.waited = true // of many short runs, none waits for a goroutine that may come late
	for _, cs := range s.cases {
		if s.config.unsupported(cs) != "" {
			continue
		}
		s.note.begin(t.Name(), cs.ID)
		r, err := s.playOrLive(t, cs)
		if err != nil {
			return nil, err
		}
		undecided(r)
		s.weigh(t, r)
		s.agent.Results = append(s.agent.Results, s.shortened(t, r))
	}
	return s.makeReport()
}

// BenchmarkServer measures conversations with a server, each in a bubble.
func BenchmarkServer(b *testing.B, server func(net.Conn), config *Config) {
	b.Helper()
	benchmarkPeer(b, &localPeer{server: server}, config)
}

func benchmarkPeer(b *testing.B, p *localPeer, config *Config) {
	b.Helper()
	s, err := newSuite(b.Name(), p, config)
	if err != nil {
		b.Fatalf("wscheck: %v", err)
	}
	defer s.close()
	if len(s.cases) == 0 {
		b.Fatal("wscheck: no case is selected")
	}
	judge := s.config.decidingJudge()
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
				b.Errorf("%s\n%s", r.Case.ID, Describe(r, judge, ""))
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "conversations/s")
}

// lendT calls f with a T, which [testing/synctest] needs and a benchmark does not have. It
// runs a test for that, once, on as many processors as the benchmark, and independent of the
// flags of go test.
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
