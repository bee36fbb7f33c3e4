package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/oracle"
)

// Known is a deviation that is known: a case that fails, and may go on failing
// in that way. In all of its texts but the reason, "*" stands for anything.
type Known struct {
	// Agent is the name that the peer has in reports.
	Agent string `json:"agent"`

	// Case is a pattern of case ids as on the command line, "autobahn/4.2.4",
	// "6.*".
	Case string `json:"case"`

	// Judge is who says that it fails. A case that Autobahn|Testsuite does not
	// have is always judged by the RFCs.
	Judge Judge `json:"judge"`

	// Verdict is what the judge says: "violation" or "inconclusive" by the RFCs,
	// behavior and closing behavior by Autobahn, "FAILED, UNCLEAN"; or "died",
	// if the peer's process did.
	Verdict string `json:"verdict"`

	// Clauses are those that a violation is of, or more.
	Clauses []oracle.ClauseID `json:"clauses,omitempty"`

	// Reason tells why it may stay so.
	Reason string `json:"reason"`
}

// died is the verdict on a case during which the peer's process died.
const died = "died"

// String returns the deviation in one line, without its reason.
func (k *Known) String() string {
	s := visible.Text(k.Agent, 80) + ", " + visible.Text(k.Case, 120) + ": " + visible.Text(k.Verdict, 80)
	if len(k.Clauses) > 0 {
		s += " of " + visible.Text(strings.Join(clauseNames(k.Clauses), ", "), 400)
	}
	return s
}

// ignored reports whether the result was known before it was compared with a
// baseline, whose entries have a verdict.
func (r *Result) ignored() bool { return r.Known != nil && r.Known.Verdict == "" }

func clauseNames(ids []oracle.ClauseID) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	return names
}

// deviation is what there is to be known of a result, and whether it fails.
func deviation(agent *Agent, result *Result, judge Judge) (k Known, failed bool) {
	k = Known{Agent: cmp.Or(agent.Name, unknownAgent), Case: result.Case.ID, Judge: JudgeRFC}
	byAutobahn := judge == JudgeAutobahn && result.Record != nil
	if byAutobahn {
		k.Judge = JudgeAutobahn
	}
	switch {
	case result.Died != "":
		k.Verdict = died
	case byAutobahn:
		k.Verdict = string(result.Record.Behavior) + ", " + string(result.Record.BehaviorClose)
	default:
		k.Verdict = result.RFC.Outcome.String()
		k.Clauses = brokenClauses(&result.RFC)
	}
	return k, result.Failed(judge)
}

// brokenClauses returns the clauses that a verdict calls broken, each once, sorted.
func brokenClauses(v *oracle.Verdict) (ids []oracle.ClauseID) {
	for i := range v.Findings {
		if f := &v.Findings[i]; f.Outcome == oracle.Violation {
			ids = append(ids, f.Clause)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// check reports what is missing.
func (k *Known) check() error {
	switch {
	case k.Agent == "":
		return errors.New(`it names no agent: "*" means any`)
	case k.Case == "":
		return errors.New(`it names no case: "*" means any`)
	case k.Verdict == "":
		return errors.New(`it names no verdict: "*" means any`)
	case k.Judge != JudgeRFC && k.Judge != JudgeAutobahn:
		return fmt.Errorf("its judge is %.40q, neither %q nor %q", k.Judge, JudgeRFC, JudgeAutobahn)
	}
	return nil
}
