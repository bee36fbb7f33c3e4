package mutation

import (
	"slices"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/wsproto"
)

// Source is something that makes scripts.
type Source struct {
	Name string // in one word

	// Judges are the verdicts that are asked for, each one column of the matrix.
	Judges []report.Judge

	// Cases returns the scripts that our side plays in a role.
	Cases func(ours wsproto.Role) []*catalogue.Case
}

// autobahnCases is the number of the last of Autobahn|Testsuite's cases that are
// run unless the long ones about compression are asked for: sections 1 to 7, 9
// and 10.
const autobahnCases = 301

// Sources returns the sources of scripts that the suite has.
func Sources() []Source {
	rfc := []report.Judge{report.JudgeRFC}
	return []Source{
		{"autobahn", []report.Judge{report.JudgeAutobahn, report.JudgeRFC}, casesThat(func(c *catalogue.Case) bool {
			return ofAutobahn(c) && c.Number <= autobahnCases
		})},
		{"catalogue", rfc, casesThat(func(c *catalogue.Case) bool { return !ofAutobahn(c) && !ofCorpus(c) })},
		{"corpus", rfc, casesThat(ofCorpus)},
	}
}

func ofAutobahn(c *catalogue.Case) bool { return strings.HasPrefix(c.ID, catalogue.AutobahnPrefix) }

func ofCorpus(c *catalogue.Case) bool { return strings.HasPrefix(c.ID, engine.CorpusPrefix) }

// casesThat returns a function that returns the cases that belong, chosen once for each role.
func casesThat(belong func(*catalogue.Case) bool) func(wsproto.Role) []*catalogue.Case {
	of := func(ours wsproto.Role) func() []*catalogue.Case {
		return sync.OnceValue(func() []*catalogue.Case {
			all, err := engine.AllCases(ours)
			if err != nil {
				panic(err) // a built-in entry is broken
			}
			return slices.DeleteFunc(all, func(c *catalogue.Case) bool { return !belong(c) })
		})
	}
	chosen := [2]func() []*catalogue.Case{wsproto.Client: of(wsproto.Client), wsproto.Server: of(wsproto.Server)}
	return func(ours wsproto.Role) []*catalogue.Case { return slices.Clone(chosen[ours]()) }
}
