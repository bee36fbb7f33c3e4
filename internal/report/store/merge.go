package store

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/report"
)

// Conflict is a case of an agent that two of the reports that were merged judge
// differently.
type Conflict struct {
	Agent, Case   string
	Kept, Dropped string // the verdicts, the worse one first
}

// MergeDirs writes into the directory out one report of those in dirs, which may
// be of several machines, or of the shards of one run: all agents, and of each
// all cases. Where two of them have the same case of the same agent, the result
// is kept that is worse, and if the verdicts differ, that is a conflict. Durations
// are added up. What it returns has neither traces nor wire logs.
//
// The judge is that of the reports; if they differ in it, one has to be given.
// It is an error if reports are of different roles, if one cannot be read, and
// if out is one of dirs. Nothing is written then.
func MergeDirs(out string, dirs []string, judge report.Judge) (*report.Report, []Conflict, error) {
	m := &merger{judge: judge}
	there, err := os.Stat(out)
	for _, dir := range dirs {
		if info, derr := os.Stat(dir); err == nil && derr == nil && os.SameFile(there, info) {
			return nil, nil, fmt.Errorf("%s is one of the reports to merge: give another directory to write into", dir)
		}
	}
	made := errors.Is(err, os.ErrNotExist)
	r, err := m.merge(out, dirs)
	if err != nil && made {
		os.Remove(out) // only if nothing is in it
	}
	return r, m.conflicts, err
}

type merger struct {
	w         *Writer
	judge     report.Judge
	conflicts []Conflict
}

func (m *merger) merge(out string, dirs []string) (*report.Report, error) {
	var err error
	if m.w, err = newWriter(out, &report.Report{Judge: m.judge}); err != nil {
		return nil, fmt.Errorf("writing a report: %w", err)
	}
	if m.w.journal, err = startJournal(m.w.root, newDocument(&m.w.head)); err != nil {
		m.w.leave()
		return nil, m.w.failed(err)
	}
	for i, dir := range dirs {
		if err = m.add(dir, i == 0); err != nil {
			break
		}
	}
	if err == nil {
		m.w.noteHead()
		err = replaceEarlier(m.w.root, m.w.journal)
	}
	if err != nil {
		err = errors.Join(err, m.w.journal.remove())
		m.w.leave()
		return nil, err
	}
	m.w.ended = true
	err = m.w.Close()
	return m.w.Report(), err
}

// add takes in one report.
func (m *merger) add(dir string, first bool) error {
	w := m.w
	s, err := w.adopt(dir, first, m.choose)
	if err != nil {
		return err
	}
	r := s.report
	switch {
	case first && m.judge == "":
		w.head.Judge = r.Judge
	case m.judge == "" && r.Judge != w.head.Judge:
		return fmt.Errorf("the reports differ in whose verdict decides, %s or %s: say which by --judge", w.head.Judge, r.Judge)
	}
	w.head.Started = earlier(w.head.Started, r.Started)
	w.head.Took += r.Took
	w.head.LeftOut += r.LeftOut
	w.head.Quick = w.head.Quick || r.Quick
	if first {
		w.head.Shards = r.Shards
	} else {
		w.head.Shards = joinShards(w.head.Shards, r.Shards)
	}
	if r.Stopped != "" && !slices.Contains(strings.Split(w.head.Stopped, "; "), r.Stopped) {
		w.head.Stopped = strings.TrimPrefix(w.head.Stopped+"; "+r.Stopped, "; ")
	}
	return nil
}

// choose reports whether the new one of two results of a case is to be kept.
func (m *merger) choose(agent string, old, new *report.Result) bool {
	r := &report.Report{Judge: m.judge}
	r.Judge = cmp.Or(r.Judge, m.w.head.Judge)
	before, after := severity(old, r.Judge), severity(new, r.Judge)
	order := slices.Compare(before, after)
	if order == 0 {
		return false
	}
	c := Conflict{Agent: agent, Case: old.Case.ID, Kept: r.Verdicts(old), Dropped: r.Verdicts(new)}
	if order < 0 {
		c.Kept, c.Dropped = c.Dropped, c.Kept
	}
	m.conflicts = append(m.conflicts, c)
	return order < 0
}

// severity returns how bad a result is: the worse of two has the later severity.
func severity(r *report.Result, judge report.Judge) []int {
	failed, died, theirs, closing := 0, 0, 0, 0
	if r.Failed(judge) {
		failed = 1
	}
	if r.Died != "" {
		died = 1
	}
	rfc := int(r.RFC.Outcome) // from best to worst
	if rec := r.Record; rec != nil {
		theirs = rank(rec.Behavior, autobahn.OK, autobahn.Informational, autobahn.NonStrict, autobahn.Unimplemented)
		closing = rank(rec.BehaviorClose, autobahn.OK, autobahn.Informational, autobahn.Unimplemented, autobahn.WrongCode, autobahn.Unclean)
	}
	if judge == report.JudgeAutobahn {
		return []int{failed, died, theirs, closing, rfc}
	}
	return []int{failed, died, rfc, theirs, closing}
}

// rank is the place of b among the behaviors, or after them.
func rank(b autobahn.Behavior, order ...autobahn.Behavior) int {
	if at := slices.Index(order, b); at >= 0 {
		return at
	}
	return len(order)
}
