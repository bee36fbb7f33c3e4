package mutation

import (
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/wsproto"
)

// Source is something that makes scripts.
type Source struct {
	Name string // in one word

	// Text says what the scripts are, in one line.
	Text string

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
	return []Source{
		{
			Name: "autobahn", Text: "Autobahn|Testsuite's 301 cases, by its own verdict and by the RFCs'",
			Judges: []report.Judge{report.JudgeAutobahn, report.JudgeRFC},
			Cases:  casesThat(func(c *catalogue.Case) bool { return ofAutobahn(c) && c.Number <= autobahnCases }),
		},
		{
			Name: "catalogue", Text: "the suite's own cases, by the RFCs' verdict",
			Judges: []report.Judge{report.JudgeRFC},
			Cases:  casesThat(func(c *catalogue.Case) bool { return !ofAutobahn(c) && !ofCorpus(c) }),
		},
		{
			Name: "corpus", Text: "the entries of the corpus, by the RFCs' verdict",
			Judges: []report.Judge{report.JudgeRFC},
			Cases:  casesThat(ofCorpus),
		},
	}
}

func ofAutobahn(c *catalogue.Case) bool { return strings.HasPrefix(c.ID, catalogue.AutobahnPrefix) }

func ofCorpus(c *catalogue.Case) bool { return strings.HasPrefix(c.ID, engine.CorpusPrefix) }

func casesThat(belong func(*catalogue.Case) bool) func(wsproto.Role) []*catalogue.Case {
	return func(ours wsproto.Role) []*catalogue.Case {
		all, err := engine.AllCases(ours)
		if err != nil {
			panic(err) // a built-in entry is broken
		}
		return slices.DeleteFunc(all, func(c *catalogue.Case) bool { return !belong(c) })
	}
}
