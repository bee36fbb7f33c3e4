package engine

import (
	"cmp"
	"flag"
	"os"
	"strings"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// findingsVariable is the environment variable that names the folder for what a
// fuzz target finds.
const findingsVariable = "WSCHECK_FINDINGS"

// findings writes what a fuzz target finds as entries of a corpus, one for each
// clause: the shortest script. The fuzzing engine calls a target that fails many
// times, to make its input smaller in a way of its own.
type findings struct {
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
func (f *findings) save(r *report.Result, clause oracle.ClauseID) (path string) {
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

// findingEntry is the entry of a result that breaks the clause.
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

// fuzzing reports whether go test was told to fuzz.
func fuzzing() bool {
	f := flag.Lookup("test.fuzz")
	return f != nil && f.Value.String() != ""
}
