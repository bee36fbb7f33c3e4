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
		k.Clauses = slices.Compact(slices.Sorted(slices.Values(result.RFC.Broken())))
	}
	return k, result.Failed(judge)
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

// String returns the figures in a few words.
func (c *Comparison) String() string {
	s := fmt.Sprintf("%d known, %d new, %d gone", c.Excused, len(c.New), len(c.Gone))
	if c.Updated {
		s += ", and brought up to date"
	}
	return s
}
