package peers

import (
	"testing"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// maxDifferentialSeeds bounds the seeds: each is played by every library.
const maxDifferentialSeeds = 150

// FuzzDifferential has every library play one script, as a server or, where the
// first octet is odd, as a client, and fails where two disagree about whether to
// open, to keep or to fail the connection, and the oracle explains neither: then
// one of them is wrong and the oracle does not see it, or the oracle asks for
// something in one place that it does not ask for in another.
func FuzzDifferential(f *testing.F) {
	for i, role := range []wsproto.Role{wsproto.Server, wsproto.Client} {
		cases, err := engine.AllCases(role.Peer())
		if err != nil {
			f.Fatal(err)
		}
		for n := range maxDifferentialSeeds / 2 {
			cs := cases[n*len(cases)/(maxDifferentialSeeds/2)]
			if program := gen.Encode(&cs.Script); !cs.Slow && len(program) < 64 {
				f.Add(append([]byte{byte(i)}, program...))
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		role := wsproto.Server
		if data[0]&1 != 0 {
			role = wsproto.Client
		}
		script := gen.Decode(role.Peer(), data[1:])
		differs := func(s *oracle.Script) string { return disagreement(courses(t, role, s)) }
		if differs(script) == "" {
			return
		}
		script = gen.Shrink(script, func(s *oracle.Script) bool { return differs(s) != "" }, 200)
		t.Errorf("the libraries disagree as %ss, and the oracle does not say why:\n%s\n%s", role, differs(script), script)
	})
}
