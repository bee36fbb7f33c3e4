package engine

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// Deviation is something that a peer is known to get wrong, or to do otherwise
// than the suite wants.
type Deviation struct {
	// Case is a pattern of case ids as in [Config.Cases]; "" means any case.
	Case string

	// Clause is an id of the clause table, such as
	// "rfc6455/5.5/control-fragmented-fail", in which "*" stands for anything;
	// "" means all that there is to say of the case.
	Clause oracle.ClauseID

	// Reason says why it is so, and why it may stay so. It must not be empty.
	Reason string
}

// String returns the deviation in one line.
func (d Deviation) String() string {
	var of []string
	if d.Case != "" {
		of = append(of, "case "+d.Case)
	}
	if d.Clause != "" {
		of = append(of, "clause "+string(d.Clause))
	}
	return strings.Join(of, ", ") + ": " + d.Reason
}

// checkKnownCases reports a deviation that is about none of the cases. Random ones
// depend on a seed, and need not be among them.
func checkKnownCases(known []Deviation, cases []*catalogue.Case) error {
	for i, k := range known {
		if k.Case == "" || strings.HasPrefix(k.Case, RandomPrefix) || strings.HasPrefix(k.Case, fuzzPrefix) {
			continue
		}
		if err := catalogue.CheckPatterns(cases, []string{k.Case}); err != nil {
			return fmt.Errorf("known deviation %d: %w", i, err)
		}
	}
	return nil
}

// deviations are the known deviations of a run, and where they occurred.
type deviations []deviation

type deviation struct {
	Deviation
	cases   catalogue.Patterns
	clauses *regexp.Regexp // nil for any
	seen    bool           // it has excused something
	skipped bool           // a case in which it may occur did not run
	ran     bool           // one did
}

func newDeviations(known []Deviation) (deviations, error) {
	d := make(deviations, len(known))
	for i, k := range known {
		if k.Reason == "" {
			return nil, fmt.Errorf("known deviation %d (%v): it has no reason", i, k)
		}
		if k.Case == "" && k.Clause == "" {
			return nil, fmt.Errorf("known deviation %d (%v): it names neither a case nor a clause", i, k)
		}
		k.Case = cmp.Or(k.Case, "*")
		patterns, err := catalogue.ParsePatterns([]string{k.Case}, catalogue.CommandLine)
		if err != nil {
			return nil, fmt.Errorf("known deviation %d: %w", i, err)
		}
		d[i] = deviation{Deviation: known[i], cases: patterns}
		if k.Clause == "" {
			continue
		}
		if d[i].clauses, err = report.ClauseGlob(string(k.Clause)); err != nil {
			return nil, fmt.Errorf("known deviation %d: %w", i, err)
		}
	}
	return d, nil
}

// excuse returns the deviations that account for all that fails a result, and
// none if something is left. A finding is accounted for by a deviation of its
// case and its clause; a verdict without findings by one of the case alone.
func (d deviations) excuse(r *report.Result, judge report.Judge) (by []Deviation) {
	left := false
	account := func(clause oracle.ClauseID) { // "" for a verdict without findings
		found := false
		for i := range d {
			k := &d[i]
			if !k.cases.Match(r.Case.ID) || k.clauses != nil && (clause == "" || !k.clauses.MatchString(string(clause))) {
				continue
			}
			found, k.seen = true, true
			by = appendNew(by, k.Deviation)
			break
		}
		left = left || !found
	}
	if judge == report.JudgeAutobahn && r.Record != nil || r.RFC.Outcome != oracle.Violation {
		account("")
	} else {
		for _, id := range r.RFC.Broken() {
			account(id)
		}
	}
	if left {
		return nil
	}
	return by
}

func appendNew(list []Deviation, d Deviation) []Deviation {
	if slices.Contains(list, d) {
		return list
	}
	return append(list, d)
}

// note takes that a case ran, or did not.
func (d deviations) note(cs *catalogue.Case, ran bool) {
	for i := range d {
		k := &d[i]
		if k.cases.Match(cs.ID) {
			k.ran = k.ran || ran
			k.skipped = k.skipped || !ran
		}
	}
}

// stale returns an error for the deviations that did not occur though every
// case in which they might was run.
func (d deviations) stale() error {
	var errs []error
	for i := range d {
		if k := &d[i]; k.ran && !k.skipped && !k.seen {
			errs = append(errs, fmt.Errorf("known deviation no longer occurs: take it off the list: %v", k.Deviation))
		}
	}
	return errors.Join(errs...)
}
