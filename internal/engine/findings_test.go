package engine

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

const brokenClause = oracle.ClauseID("rfc6455/5.2/rsv-fail")

// violating is a result of a script with n pings.
func violating(n int) *report.Result {
	steps := slices.Repeat([]oracle.Step{{Kind: oracle.StepFrame, Frame: wsproto.Header{Fin: true, Opcode: wsproto.OpPing}}}, n)
	return &report.Result{
		Case: &catalogue.Case{ID: "fuzz/client", Script: oracle.Script{Steps: steps}},
		RFC: oracle.Verdict{Outcome: oracle.Violation, Findings: []oracle.Finding{
			{Clause: "rfc6455/7.1.7/status-code", Outcome: oracle.Allowed},
			{Clause: brokenClause, Outcome: oracle.Violation, Want: "an end", Got: "panic: no end\n\ngoroutine 1 [running]:\n/a/file.go:1"},
			{Clause: "rfc6455/7.1.7/close-tcp", Outcome: oracle.Violation},
		}},
	}
}

// setFuzzing makes a target believe that go test fuzzes.
func setFuzzing(t *testing.T, target string) {
	t.Helper()
	f := flag.Lookup("test.fuzz").Value
	before := f.String()
	if err := f.Set(target); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Set(before) })
}

func entryFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"+corpus.Extension))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// The shortest finding of a clause is written, and nothing in a plain test.
func TestFindings(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	t.Setenv(findingsVariable, dir)
	f := findingStore{target: "FuzzConformance"}
	setFuzzing(t, "")
	if path := f.save(violating(3), brokenClause); path != "" || len(entryFiles(t, dir)) > 0 {
		t.Fatalf("%q was written in a plain test", path)
	}
	setFuzzing(t, "^FuzzConformance$")
	first := f.save(violating(3), brokenClause)
	if again := f.save(violating(4), brokenClause); again != first || first == "" {
		t.Errorf("%q after %q", again, first)
	}
	shorter := f.save(violating(2), brokenClause)
	if files := entryFiles(t, dir); !slices.Equal(files, []string{shorter}) {
		t.Errorf("%q, want %q alone", files, shorter)
	}
	if other := f.save(violating(5), "rfc6455/7.1.7/close-tcp"); other == shorter || len(entryFiles(t, dir)) != 2 {
		t.Errorf("another clause: %q, and %q", other, entryFiles(t, dir))
	}
	text, err := os.ReadFile(shorter)
	if err != nil {
		t.Fatal(err)
	}
	e, err := corpus.Parse(shorter, text)
	if err != nil {
		t.Fatal(err)
	}
	if e.Rules[0] != brokenClause || e.Origin != f.target || e.Comment != "Want an end; got panic: no end." || len(e.Script.Steps) != 2 {
		t.Errorf("%+v", e)
	}
}

// TestFindingsNowhere demands that a run reports a folder that it cannot write to, and goes on.
func TestFindingsNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(findingsVariable, file)
	setFuzzing(t, "x")
	f := findingStore{target: "x"}
	if path := f.save(violating(1), brokenClause); !strings.HasPrefix(path, "nowhere: ") {
		t.Errorf("%q", path)
	}
}

// A conversation whose first broken clause is known is not new, whatever else is
// broken in it.
func TestUnknownFinding(t *testing.T) {
	for _, c := range []struct {
		known []Deviation
		want  oracle.ClauseID
	}{
		{nil, brokenClause},
		{[]Deviation{{Clause: brokenClause, Reason: "known"}}, ""},
		{[]Deviation{{Clause: "rfc6455/7.1.7/close-tcp", Reason: "known"}}, brokenClause},
		{[]Deviation{{Case: "autobahn/*", Clause: brokenClause, Reason: "known"}}, brokenClause},
		{[]Deviation{{Case: "fuzz/*", Reason: "known"}}, ""},
	} {
		known, err := newDeviations(c.known)
		if err != nil {
			t.Fatal(err)
		}
		z := &fuzzer{suite: &suite{known: known}}
		if got := z.unknown(violating(1)); got != c.want {
			t.Errorf("with %v: %q, want %q", c.known, got, c.want)
		}
	}
}

// The seeds are an even choice of the cases, each once.
func TestFuzzSeeds(t *testing.T) {
	s, err := newSuite("", &localPeer{server: nil}, nil)
	if err != nil {
		t.Fatal(err)
	}
	z := &fuzzer{suite: s, ours: wsproto.Client}
	seeds := z.programs()
	seen := map[string]bool{}
	for _, seed := range seeds {
		if len(seed) > maxSeed || seen[string(seed)] {
			t.Errorf("%x", seed)
		}
		seen[string(seed)] = true
	}
	if len(seeds) != maxSeeds {
		t.Errorf("%d seeds, want %d", len(seeds), maxSeeds)
	}
}
