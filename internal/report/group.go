package report

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/oracle"
)

// Group is results of one agent that have one cause: they break one clause, or were
// not judged for one reason.
type Group struct {
	// Clause is that of the finding that decides, "" where no finding does.
	Clause oracle.ClauseID

	// Also are further clauses that results of the group break, if no other group
	// of failures has that clause.
	Also []oracle.ClauseID

	Outcome oracle.Outcome // of the results, by the RFCs
	Verdict string         // the verdict that counts, for people: "Violation", "Non-Strict"
	Failed  bool           // the results fail, and not in a known way
	Known   string         // why the results may fail, "" where none of them is known to

	// Sentence says in a few words what the results have in common: "text that is
	// not UTF-8 is accepted". It can be shown anywhere once it is escaped for that.
	Sentence string

	// Results are the results in the order of the cases, at least one. Smallest is
	// that with the shortest conversation.
	Results  []*Result
	Smallest *Result

	Tone Tone
	Rank int
	key  string
}

// Groups returns what is not clean of an agent's results by groups, the gravest
// first and the larger of two before the smaller one.
func (r *Report) Groups(agent *Agent) []Group {
	by := make(map[string]*Result, len(agent.Results))
	for _, result := range agent.Results {
		by[result.Case.ID] = result
	}
	results := make([]*Result, 0, len(by))
	for _, c := range AllCases(r) {
		if result := by[c.ID]; result != nil {
			results = append(results, result)
		}
	}
	return GroupResults(results, r.Judge)
}

// GroupResults returns the groups of results that stand in the order of their
// cases, see [Report.Groups].
func GroupResults(results []*Result, judge Judge) []Group {
	var groups []Group
	at := map[string]int{}
	for _, result := range results {
		if result.Clean(judge) {
			continue
		}
		g := groupOf(result, judge)
		i, ok := at[g.key]
		if !ok {
			i = len(groups)
			at[g.key], groups = i, append(groups, g)
		}
		groups[i].Results = append(groups[i].Results, result)
	}
	for i := range groups {
		g := &groups[i]
		g.Smallest = slices.MinFunc(g.Results, func(a, b *Result) int { return cmp.Compare(a.size(), b.size()) })
	}
	slices.SortStableFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(len(b.Results), len(a.Results)))
	})
	addAlso(groups)
	return groups
}

// addAlso gives the clauses that are broken beside others to the first group in
// which they are.
func addAlso(groups []Group) {
	have := map[oracle.ClauseID]bool{}
	for i := range groups {
		if g := &groups[i]; g.Failed {
			have[g.Clause] = true
		}
	}
	for i := range groups {
		g := &groups[i]
		for _, result := range g.Results {
			if !g.Failed || g.Clause == "" {
				break // failures of other groups, or Autobahn's
			}
			for _, id := range slices.Sorted(slices.Values(result.RFC.Broken())) {
				if !have[id] {
					have[id], g.Also = true, append(g.Also, id)
				}
			}
		}
	}
}

// Ranks of groups, the gravest first.
const (
	rankPeer   = iota // the peer died, hangs, or takes all memory
	rankBroken        // a MUST is not kept, or Autobahn's verdict is a failure
	rankInconclusive
	RankKnown
	rankAllowed
	rankSlow
	rankUndecidable
	rankUnsupported
)

// groupOf is the group that a result belongs to, without results.
func groupOf(result *Result, judge Judge) Group {
	g := Group{
		Outcome: result.RFC.Outcome, Failed: result.Failed(judge) && result.Known == nil, Known: result.Excuse(),
	}
	l := (&Report{Judge: judge}).VerdictLabel(result)
	g.Verdict, g.Tone = l.Text, l.Tone
	byAutobahn := judge == JudgeAutobahn && result.Record != nil && result.Died == ""
	switch {
	case byAutobahn:
		g.byAutobahn(result)
	default:
		g.byRFC(result)
	}
	if g.Known != "" {
		g.Rank, g.Tone = RankKnown, ToneNote
	}
	g.key = strings.Join([]string{g.Verdict, string(g.Clause), g.Known, g.key}, "\x00")
	return g
}

// NotAgain begins the doubt of a result that need not be played again: cases before
// have shown what the peer does.
const NotAgain = "not played again: "

// RunAgain is the doubt of a result of a client that connects of its own accord, so that we
// cannot play the case again.
const RunAgain = "not seen in time, which proves nothing: run these cases again, one at a time, or use wscheck drive"

// slowSentence is what there is to say of all that came late.
const slowSentence = "something came late or was not seen in time, which proves nothing"

func (g *Group) byAutobahn(result *Result) {
	g.Sentence = autobahnWhy(result.Record)
	g.key = g.Sentence
	switch {
	case g.Failed || g.Known != "":
		g.Rank = rankBroken
		if f := result.decisive(); f != nil && f.Outcome == oracle.Violation {
			g.Sentence += " (" + visible.Text(string(f.Clause), 120) + ")"
			g.key = g.Sentence
		}
	case result.Record.Behavior == autobahn.Unimplemented:
		g.Rank = rankUnsupported
		g.Sentence = withoutSubject(cmp.Or(visible.Text(result.RFC.Reason, 240), g.Sentence))
		g.key = g.Sentence
	case result.Doubt != "":
		g.Rank, g.Tone, g.key = rankSlow, ToneNote, ""
		g.Verdict, g.Sentence = OutcomeLabel(oracle.Slow).Text, slowSentence
	default:
		g.Rank = rankAllowed
	}
}

func (g *Group) byRFC(result *Result) {
	finding := result.decisive()
	if finding != nil {
		g.Clause = finding.Clause
		g.Sentence = "want " + visible.Text(finding.Want, 160) + ", got " + visible.Text(finding.Got, 160)
		if c := oracle.Lookup(finding.Clause); c != nil {
			g.Sentence = c.Broken()
		}
	} else {
		g.Sentence = withoutSubject(visible.Text(result.RFC.Reason, 240))
		g.key = g.Sentence
	}
	switch {
	case result.Died != "" || isConduct(g.Clause):
		g.Rank = rankPeer
		if result.Died != "" {
			g.Clause = cmp.Or(g.Clause, "wscheck/peer-died")
			g.Sentence, g.key = "the peer died: "+visible.Text(result.Died, 160), ""
			g.Verdict, g.Tone = OutcomeLabel(oracle.Violation).Text, ToneFail
		}
	case g.Outcome == oracle.Violation:
		g.Rank = rankBroken
	case g.Outcome == oracle.Inconclusive:
		g.Rank = rankInconclusive
		g.key = numbers.ReplaceAllString(g.key, "N")
	case g.Outcome == oracle.Slow:
		g.Rank, g.Clause, g.Sentence, g.key = rankSlow, "", slowSentence, ""
		if strings.HasPrefix(result.Doubt, NotAgain) || result.Doubt == RunAgain {
			g.Sentence, g.key = result.Doubt, result.Doubt
		}
	case g.Outcome == oracle.Undecidable:
		g.Rank, g.Clause, g.key = rankUndecidable, "", ""
		g.Sentence = "what the peer does with messages is not known, and they rest on that"
	case g.Outcome == oracle.Allowed:
		g.Rank = rankAllowed
	default:
		g.Rank = rankUnsupported
	}
}

// withoutSubject makes a reason begin as [oracle.Clause.Broken] does.
func withoutSubject(reason string) string { return strings.TrimPrefix(reason, "the peer ") }

// numbers in a reason that differ from one case to the next.
var numbers = regexp.MustCompile(`[0-9]+`)

// Conduct reports whether the results are of a peer that no longer does anything, or too
// much of it: how that is brought about may harm those who use it.
func (g *Group) Conduct() bool { return isConduct(g.Clause) }

// size orders results by how much there is to read of them.
func (r *Result) size() int {
	n := len(r.Case.Script.Steps)
	if r.Trace != nil {
		for i := range r.Trace.Events {
			n += 16 + r.Trace.Events[i].N
		}
	}
	return n
}

// CountText is how many cases a group has.
func (g *Group) CountText() string { return plural.Of(len(g.Results), "case") }

// Label is what the line of a group begins with.
func (g *Group) Label() string {
	if g.Clause != "" {
		return visible.Text(string(g.Clause), 80)
	}
	return strings.ToLower(g.Verdict)
}

// alsoClauses bounds the clauses that are named beside that of a group.
const alsoClauses = 3

// About is what the line of a group says.
func (g *Group) About() string {
	text := g.Sentence
	switch {
	case g.Known != "":
		text = strings.TrimSuffix(g.Known+"; "+text, "; ")
	case g.Clause != "" && !g.Failed:
		text = "noted: " + text
	case g.Clause != "" && g.Outcome == oracle.Inconclusive:
		text = "inconclusive: " + text
	}
	if n := len(g.Also); n > 0 {
		also := clauseNames(g.Also[:min(n, alsoClauses)])
		if n > alsoClauses {
			also = append(also, plural.Of(n-alsoClauses, "more clause"))
		}
		text += " (beside it " + strings.Join(also, ", ") + ")"
	}
	return text
}
