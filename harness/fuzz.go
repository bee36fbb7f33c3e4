package harness

import (
	"net"
	"testing"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/harness/catalogue"
	"github.com/wscheck/wscheck/oracle"
)

// FuzzServer is a native fuzz target: each input is a script, by [gen.Decode],
// that is played with the server in a bubble, as [TestServer] does. What breaks a
// binding clause fails, unless it is a known deviation. The cases of config are
// the seeds.
//
// Without -fuzz, the seeds and what lies in testdata are run as a test.
func FuzzServer(f *testing.F, server func(net.Conn), config *Config) {
	f.Helper()
	fuzzPeer(f, &peer{server: server}, config)
}

// FuzzClient is [FuzzServer] for a client.
func FuzzClient(f *testing.F, client Client, config *Config) {
	f.Helper()
	fuzzPeer(f, &peer{client: client}, config)
}

// maxSeed is the number of octets of the longest script among the seeds: long
// ones teach a fuzzer nothing, and make it slow.
const maxSeed = 64

func fuzzPeer(f *testing.F, p *peer, config *Config) {
	f.Helper()
	s, err := newSuite(f.Name(), p, config)
	if err != nil {
		f.Fatalf("wscheck: %v", err)
	}
	f.Cleanup(func() { s.close() })
	ours := p.role().Peer()
	seen := map[string]bool{}
	for _, cs := range s.cases {
		program := gen.Encode(&cs.Script)
		if cs.Slow || len(program) > maxSeed || seen[string(program)] || s.config.unsupported(cs) != "" {
			continue
		}
		seen[string(program)] = true
		f.Add(program)
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		cs := &catalogue.Case{
			ID: "fuzz/" + ours.String(), Description: "A script that a fuzzer made.",
			Roles: catalogue.InBoth, Script: *gen.Decode(ours, program),
		}
		if s.config.unsupported(cs) != "" {
			return
		}
		r, err := s.play(t, cs)
		if err != nil {
			t.Fatalf("wscheck: %v", err)
		}
		if r.RFC.Outcome == oracle.Violation {
			s.tell(t, r)
		}
	})
}
