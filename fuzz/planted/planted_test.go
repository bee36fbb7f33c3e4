// Package planted shows that go test -fuzz finds bugs: ten of them, each planted
// in a server that is right otherwise, from no seeds.
//
//	WSCHECK_PLANTED_RUNS=3 go test -v -timeout 1h ./fuzz/planted
package planted

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// bugs are the mutants of the reference endpoint that are planted, one for each
// thing that implementations get wrong most.
var bugs = []struct{ mutant, about string }{
	{"accept-unmasked", "masking"},
	{"accept-rsv2", "reserved bits"},
	{"accept-opcode-3", "reserved opcodes"},
	{"accept-long-ping", "the length of control frames"},
	{"accept-fragmented-ping", "fragmented control frames"},
	{"accept-text-at-fragment", "UTF-8 split by a frame"},
	{"accept-code-1005", "close codes"},
	{"accept-reason-not-utf8", "close reasons"},
	{"accept-nested", "interleaved messages"},
	{"refuse-length-65536", "64-bit lengths"},
}

// The environment of the test: how often each bug is looked for, 0 for not at
// all; and of the target: the bug.
const (
	runsVariable = "WSCHECK_PLANTED_RUNS"
	bugVariable  = "WSCHECK_PLANTED_BUG"
)

// limit is the time in which the median of the runs has to find a bug, and cores
// is what the fuzzer has.
const (
	limit = 60 * time.Second
	cores = 2
)

// FuzzPlanted has no seeds, and no bug unless the environment names one: then it
// is one more way to hold the reference endpoint to be conforming.
func FuzzPlanted(f *testing.F) {
	options := reference.Options{Mutant: os.Getenv(bugVariable)}
	if err := options.Check(); err != nil {
		f.Fatal(err)
	}
	engine.FuzzServer(f, func(conn net.Conn) { _ = reference.ServeConn(conn, options) }, &engine.Config{Select: []*catalogue.Case{}})
}

// TestBugs holds that the bugs are mutants of a server, and different ones.
func TestBugs(t *testing.T) {
	clauses := map[oracle.ClauseID]string{}
	for _, bug := range bugs {
		m := mutant(t, bug.mutant)
		if other, taken := clauses[m.Clause]; taken {
			t.Errorf("%s and %s both break %s", other, bug.mutant, m.Clause)
		}
		clauses[m.Clause] = bug.mutant
	}
	if len(bugs) == 0 {
		t.Error("there are no bugs")
	}
}

// mutant returns a mutant that shows its fault as a server without extensions.
func mutant(t *testing.T, name string) reference.Mutant {
	t.Helper()
	all := reference.Mutants()
	i := slices.IndexFunc(all, func(m reference.Mutant) bool { return m.Name == name })
	if i < 0 || all[i].Deflate || !slices.Contains(all[i].Roles, wsproto.Server) {
		t.Fatalf("%s is not a mutant of a server without extensions", name)
	}
	return all[i]
}

// TestPlanted looks for each bug, with a new cache each time, and reports how long
// it took.
func TestPlanted(t *testing.T) {
	runs, _ := strconv.Atoi(os.Getenv(runsVariable))
	if runs <= 0 {
		t.Skipf("takes minutes: set %s to the number of runs for each bug, 3 for a median", runsVariable)
	}
	binary := filepath.Join(t.TempDir(), "planted.test")
	// The server alone has counters for the engine to go by, as docs/fuzzing.md advises.
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-gcflags=github.com/wscheck/wscheck/internal/reference=-d=libfuzzer", "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, bug := range bugs {
		t.Run(bug.mutant, func(t *testing.T) {
			var took []time.Duration
			var by []string
			for range runs {
				d, clause := find(t, binary, bug.mutant)
				took, by = append(took, d), append(by, clause)
			}
			slices.Sort(took)
			median := took[len(took)/2]
			t.Logf("%s: found in %v (median of %v), as %v", bug.about, median.Round(time.Millisecond), took, by)
			if median >= limit {
				t.Errorf("not found within %v", limit)
			}
		})
	}
}

// find fuzzes the server with a bug until it is found, and returns the time that
// took and the clause that was broken, "" where none was within the limit.
func find(t *testing.T, binary, bug string) (time.Duration, string) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), binary, "-test.run=^$", "-test.fuzz=^FuzzPlanted$",
		"-test.fuzztime="+limit.String(), "-test.fuzzminimizetime=1x", fmt.Sprintf("-test.parallel=%d", cores),
		"-test.fuzzcachedir="+filepath.Join(dir, "cache"))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), bugVariable+"="+bug, "WSCHECK_FINDINGS="+filepath.Join(dir, "findings"), fmt.Sprintf("GOMAXPROCS=%d", cores))
	started := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(started)
	if err == nil {
		return limit, ""
	}
	_, rest, found := bytes.Cut(out, []byte("new, and no known deviation: "))
	clause, _, _ := bytes.Cut(rest, []byte("\n"))
	if !found || oracle.Lookup(oracle.ClauseID(clause)) == nil {
		t.Fatalf("the fuzzer failed, and not by a clause: %v\n%s", err, out)
	}
	written, err := filepath.Glob(filepath.Join(dir, "findings", "*.ws"))
	if err != nil || len(written) == 0 {
		t.Fatalf("the finding was not written: %v\n%s", err, out)
	}
	return took, string(clause)
}
