package engine

import (
	"cmp"
	"flag"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// FuzzServer is what harness.FuzzServer documents.
func FuzzServer(f *testing.F, server func(net.Conn), config *Config) {
	f.Helper()
	fuzzPeer(f, &localPeer{server: server}, config)
}

// FuzzClient is [FuzzServer] for a client.
func FuzzClient(f *testing.F, client Client, config *Config) {
	f.Helper()
	fuzzPeer(f, &localPeer{client: client}, config)
}

func fuzzPeer(f *testing.F, p *localPeer, config *Config) {
	f.Helper()
	s, err := newSuite(f.Name(), p, config)
	if err != nil {
		f.Fatalf("wscheck: %v", err)
	}
	f.Cleanup(func() { s.close() })
	// An offer of an extension that the peer lacks is one more thing to decline.
	playing := *s.config
	playing.Lacks = slices.DeleteFunc(slices.Clone(playing.Lacks), func(lacks Feature) bool { return lacks == FeatureDeflate })
	s.config = &playing
	if fuzzWorker() {
		s.config.tuneWorker()
	}
	z := &fuzzer{suite: s, ours: p.role().Peer(), saved: findingStore{target: f.Name()}}
	for _, program := range z.programs() {
		f.Add(program)
	}
	f.Fuzz(z.run)
}

// CollectLess has a process that fuzzes collect garbage as with GOGC=400, unless the
// environment says otherwise: it makes much, and holds the catalogue.
func CollectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

// tuneWorker has this process do little besides playing inputs, unless the environment
// says otherwise. In a bubble one goroutine runs at a time, mostly, and a second processor
// is woken for each and finds nothing to do: go test starts a process for each processor.
func (c *Config) tuneWorker() {
	CollectLess()
	if os.Getenv("GOMAXPROCS") == "" && !c.Live {
		runtime.GOMAXPROCS(1)
	}
}

// fuzzWorker reports whether this process plays inputs for go test -fuzz.
func fuzzWorker() bool {
	f := flag.Lookup("test.fuzzworker")
	return f != nil && f.Value.String() == "true"
}

// fuzzer plays what the fuzzing engine makes.
type fuzzer struct {
	*suite
	ours  wsproto.Role
	saved findingStore
}

// programs returns the programs of the cases, an even choice of them if there are
// too many.
func (z *fuzzer) programs() (programs [][]byte) {
	seen := map[string]bool{}
	for _, cs := range z.cases {
		program := gen.Encode(&cs.Script)
		if cs.Slow || len(program) > maxSeed || seen[string(program)] || z.config.unsupported(cs) != "" {
			continue
		}
		seen[string(program)] = true
		programs = append(programs, program)
	}
	if len(programs) <= maxSeeds {
		return programs
	}
	for i := range maxSeeds {
		programs[i] = programs[i*len(programs)/maxSeeds]
	}
	return programs[:maxSeeds]
}

// run plays one input.
func (z *fuzzer) run(t *testing.T, program []byte) {
	z.note.begin(t.Name(), t.Name())
	script := gen.Decode(z.ours, program)
	if z.endpoint.over() == oracle.HTTP2 {
		by := byte(0)
		if len(program) > 1 {
			by = program[1]
		}
		script = gen.Delivered(script, by)
	}
	r := z.tryScript(t, script)
	if r == nil {
		return
	}
	clause := z.unknown(r)
	if clause == "" {
		return
	}
	r = shrunk(r, func(s *oracle.Script) *report.Result {
		shorter := z.tryScript(t, s)
		if shorter == nil || z.unknown(shorter) != clause {
			return nil
		}
		return shorter
	})
	text := "new, and no known deviation: " + string(clause) + "\n" + Describe(r, z.config.decidingJudge(), testCommand(t.Name()))
	if path := z.saved.save(r, clause); path != "" {
		text += "\nwritten to: " + path
	}
	t.Error(text)
}

// tryScript plays a script, and returns the result if it is a violation, and else nil.
func (z *fuzzer) tryScript(t *testing.T, script *oracle.Script) *report.Result {
	cs := &catalogue.Case{
		ID: fuzzPrefix + z.ours.String(), Description: "A script that a fuzzer made.",
		Roles: catalogue.InBoth, Script: *script,
	}
	if z.config.unsupported(cs) != "" {
		return nil
	}
	r, err := z.playFor(t, cs, func(v *oracle.Verdict) bool { return v.Outcome == oracle.Violation })
	if err != nil {
		t.Fatalf("wscheck: %v", err)
	}
	if r == nil || r.RFC.Outcome != oracle.Violation {
		return nil
	}
	return r
}

// unknown returns the first clause that a result breaks, and "" if a known
// deviation is about it: what else is broken then may follow from that.
func (z *fuzzer) unknown(r *report.Result) oracle.ClauseID {
	i := slices.IndexFunc(r.RFC.Findings, func(f oracle.Finding) bool { return f.Outcome == oracle.Violation })
	if i < 0 {
		return ""
	}
	first := *r
	first.RFC.Findings = r.RFC.Findings[i : i+1]
	if z.known.excuse(&first, report.JudgeRFC) != nil {
		return ""
	}
	return r.RFC.Findings[i].Clause
}

// findingsVariable is the environment variable that names the folder for what a
// fuzz target finds.
const findingsVariable = "WSCHECK_FINDINGS"

// findingStore writes what a fuzz target finds as entries of a corpus, one for each
// clause: the shortest script. The fuzzing engine calls a target that fails many
// times, to make its input smaller in a way of its own.
type findingStore struct {
	target string
	by     map[oracle.ClauseID]savedFinding
}

type savedFinding struct {
	path          string // "" for none
	steps, octets int
}

// save writes the entry of a result that breaks the clause, and returns the path
// of the file. It does nothing, and returns "", where go test does not fuzz, or
// where a finding that is as short is written already.
func (f *findingStore) save(r *report.Result, clause oracle.ClauseID) (path string) {
	if !fuzzing() {
		return ""
	}
	found := savedFinding{}
	found.steps, found.octets = gen.Cost(&r.Case.Script)
	before, seen := f.by[clause]
	if seen && (found.steps > before.steps || found.steps == before.steps && found.octets >= before.octets) {
		return before.path
	}
	dir := cmp.Or(os.Getenv(findingsVariable), ownCorpus)
	path, err := corpus.Write(dir, findingEntry(r, clause, f.target))
	if err != nil {
		return "nowhere: " + err.Error()
	}
	if seen && before.path != path {
		os.Remove(before.path)
	}
	if f.by == nil {
		f.by = map[oracle.ClauseID]savedFinding{}
	}
	found.path = path
	f.by[clause] = found
	return path
}

func findingEntry(r *report.Result, clause oracle.ClauseID, target string) *corpus.Entry {
	script := r.Case.Script
	e := &corpus.Entry{Rules: []oracle.ClauseID{clause}, Role: script.Role, Origin: target, Script: &script}
	for i := range r.RFC.Findings {
		if f := &r.RFC.Findings[i]; f.Clause == clause {
			e.Comment = "Want " + oneLine(f.Want) + "; got " + oneLine(f.Got) + "."
		}
	}
	return e
}

// oneLine returns the first line of a text: of a panic, that without the stack.
func oneLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.Join(strings.Fields(line), " ")
}

// fuzzing reports whether go test fuzzes.
func fuzzing() bool {
	f := flag.Lookup("test.fuzz")
	return f != nil && f.Value.String() != ""
}
