package mutation

import (
	"slices"
	"sync"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// Cell tells whether a column's scripts and judge found a subject's fault.
type Cell struct {
	Killed bool

	// Named says that the verdict named the very clause that the subject
	// breaks. Only the RFCs' verdicts name clauses.
	Named bool

	// The conversation that killed, one that names the clause where there is
	// one: the id of its case, the clause, and what the finding amounts to,
	// which is [oracle.Allowed] where the clause is disputed, or where the fault
	// can be told from something that is merely unusual by a SHOULD alone. Of
	// Autobahn's verdicts there is the behavior that made the case fail.
	Case     string
	Clause   oracle.ClauseID
	Outcome  oracle.Outcome
	Behavior autobahn.Behavior

	Played int // conversations
}

// decided reports whether further conversations would change nothing.
func (c *Cell) decided(judge report.Judge) bool {
	if judge == report.JudgeAutobahn {
		return c.Killed
	}
	return c.Named && (c.Outcome == oracle.Violation || !oracle.Lookup(c.Clause).Fatal())
}

// noteAutobahn takes Autobahn's verdict.
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

// noteRFC takes the RFCs' verdict.
func (x *examiner) noteRFC(c *Cell, s *Subject, r *report.Result) error {
	for i := range r.RFC.Findings {
		f := &r.RFC.Findings[i]
		found := Cell{Killed: true, Named: f.Clause == s.Clause, Case: r.Case.ID, Clause: f.Clause, Outcome: f.Outcome, Played: c.Played}
		if found.telling() <= c.telling() {
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

// telling orders findings by how much they tell of a fault.
func (c *Cell) telling() int {
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

// conforming is what is found of the conforming endpoint in a conversation.
type conforming struct {
	once    sync.Once
	clauses []oracle.ClauseID
	err     error
}

// usual reports whether the conforming endpoint, too, is said to take the
// liberty, so that it shows no fault.
func (x *examiner) usual(s *Subject, r *report.Result, clause oracle.ClauseID) (bool, error) {
	key := conversationKey{role: s.Role, cs: r.Case}
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
