package mutation

import (
	"slices"
	"sync"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// Cell says whether a column's scripts and judge found a subject's fault.
type Cell struct {
	Killed bool

	// Named says that the verdict named the very clause that the subject
	// breaks. Only the RFCs' verdicts name clauses.
	Named bool

	// The play that killed, one that names the clause if there is one: the id of its
	// case, the clause, and the outcome of the finding, which is [oracle.Allowed] if
	// the clause is disputed or if only a SHOULD separates the fault from something
	// merely unusual. For Autobahn's verdicts: the behavior that made the case fail.
	Case     string
	Clause   oracle.ClauseID
	Outcome  oracle.Outcome
	Behavior autobahn.Behavior

	Played int // cases
}

// decided reports whether more cases would change nothing.
func (c *Cell) decided(judge report.Judge) bool {
	if judge == report.JudgeAutobahn {
		return c.Killed
	}
	return c.Named && (c.Outcome == oracle.Violation || !oracle.Lookup(c.Clause).Fatal())
}

// noteAutobahn records Autobahn's verdict.
func (c *Cell) noteAutobahn(r *report.Result) {
	if c.Killed || r.Record == nil || !r.Failed(report.JudgeAutobahn) {
		return
	}
	c.Killed, c.Case, c.Behavior = true, r.Case.ID, r.Record.Behavior
	switch c.Behavior {
	case autobahn.OK, autobahn.NonStrict, autobahn.Informational:
		c.Behavior = r.Record.BehaviorClose
	}
}

// noteRFC records the RFCs' verdict.
func (x *examiner) noteRFC(c *Cell, s *Subject, r *report.Result) error {
	for i := range r.RFC.Findings {
		f := &r.RFC.Findings[i]
		found := Cell{Killed: true, Named: f.Clause == s.Clause, Case: r.Case.ID, Clause: f.Clause, Outcome: f.Outcome, Played: c.Played}
		if found.strength() <= c.strength() {
			continue
		}
		if f.Outcome != oracle.Violation {
			usual, err := x.usual(s, r, f.Clause)
			if err != nil {
				return err
			}
			if usual {
				continue
			}
		}
		*c = found
	}
	return nil
}

// strength orders findings by how clearly they show the fault.
func (c *Cell) strength() int {
	violation := c.Outcome == oracle.Violation
	switch {
	case c.Named && violation:
		return 3
	case c.Named:
		return 2
	case violation:
		return 1
	}
	return 0
}

// conforming has the findings on the conforming endpoint in a case.
type conforming struct {
	once    sync.Once
	clauses []oracle.ClauseID
	err     error
}

// usual reports whether the same is found of the conforming endpoint, so that it shows
// no fault.
func (x *examiner) usual(s *Subject, r *report.Result, clause oracle.ClauseID) (bool, error) {
	key := playKey{role: s.Role, cs: r.Case}
	x.mu.Lock()
	c := x.conforming[key]
	if c == nil {
		c = new(conforming)
		x.conforming[key] = c
	}
	x.mu.Unlock()
	c.once.Do(func() {
		var of *report.Result
		if of, c.err = x.player.play(Endpoint(s.Role, baseOptions()), r.Case); c.err != nil {
			return
		}
		for _, f := range of.RFC.Findings {
			c.clauses = append(c.clauses, f.Clause)
		}
	})
	return slices.Contains(c.clauses, clause), c.err
}
