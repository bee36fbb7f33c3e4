package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/transcript"
)

// source is a report that a writer has taken in.
type source struct {
	report *report.Report // its results have neither traces nor logs
	killed bool           // its run has not ended, or was killed
}

// intake is the report of a directory on its way into a writer.
type intake struct {
	w      *Writer
	agents []*agentFiles // by number in the directory's report
	found  [][]*entry    // by the same number, in the order of the file
	met    map[string]int
}

// adopt takes in the report of a directory, which has to be of the writer's role
// or, where it is the first, gives the writer its own. Where there is a result of
// the same agent and case from another source, choose says whether the new one
// takes its place.
func (w *Writer) adopt(dir string, first bool, choose func(agent string, old, new *report.Result) bool) (*source, error) {
	t := &intake{w: w, met: map[string]int{}}
	r, killed, err := scanDir(dir, t.take)
	if err != nil {
		return nil, fmt.Errorf("reading a report from %s: %w", dir, err)
	}
	if first {
		w.head.Role = r.Role
	}
	if r.Role != w.head.Role {
		return nil, fmt.Errorf("%s has a report on %ss, which does not go together with one on %ss: give another directory",
			dir, r.Role.Peer(), w.head.Role.Peer())
	}
	for number, agent := range r.Agents {
		t.match(number, agent.Name)
		addAbout(&t.agents[number].about, agent)
	}
	w.addCases(r.Cases)
	for number := range r.Agents {
		if err := t.enter(number, r, choose); err != nil {
			return nil, fmt.Errorf("reading a report from %s: %w", dir, err)
		}
	}
	return &source{report: r, killed: killed}, nil
}

// take is called with each result.
func (t *intake) take(number int, about *report.Agent, raw json.RawMessage) error {
	t.match(number, about.Name)
	result, err := decodeResult(about.Name, raw)
	if err != nil {
		return err
	}
	at, err := t.w.journal.addResult(t.agents[number].number, raw)
	t.found[number] = append(t.found[number], &entry{result: transcript.Slim(result), place: at, stale: true})
	return err
}

// match finds out which agent of the writer the agent of that number is: the one
// of the same name. Where several of one report have one name, their order
// distinguishes them.
func (t *intake) match(number int, name string) {
	for len(t.agents) <= number {
		t.agents, t.found = append(t.agents, nil), append(t.found, nil)
	}
	if t.agents[number] != nil {
		return
	}
	before := t.met[name]
	t.met[name]++
	for _, a := range t.w.agents {
		if a.name != name {
			continue
		}
		if before == 0 {
			t.agents[number] = a
			return
		}
		before--
	}
	a := t.w.newAgent(&report.Agent{Name: name})
	t.agents[number] = a
	t.w.noteAgent(a)
}

// enter enters the results of an agent into the writer, and into the report that
// they came with.
func (t *intake) enter(number int, r *report.Report, choose func(agent string, old, new *report.Result) bool) error {
	a := t.agents[number]
	last := make(map[string]*entry, len(t.found[number]))
	for _, e := range t.found[number] {
		last[e.result.Case.ID] = e
	}
	for _, c := range r.Cases {
		e := last[c.ID]
		if e == nil {
			continue
		}
		delete(last, c.ID)
		r.Agents[number].Results = append(r.Agents[number].Results, e.result)
		e.result.Case = t.w.head.Cases[t.w.places[c.ID]]
		t.w.layout.File(a.layout, c)
		if old := a.entries[c.ID]; old == nil || choose(a.name, old.result, e.result) {
			if old != nil {
				t.w.live -= old.place.size
			}
			t.w.live += e.place.size
			a.entries[c.ID], a.layout.Results[c.ID] = e, e.result
		}
	}
	for _, e := range last {
		return unknownCase(a.name, e.result)
	}
	t.w.noteAgent(a)
	return nil
}

// addAbout adds what another report says of the same agent.
func addAbout(a, o *report.Agent) {
	a.URL = cmp.Or(a.URL, o.URL)
	a.Unreachable = cmp.Or(a.Unreachable, o.Unreachable)
	a.Dialect = cmp.Or(a.Dialect, o.Dialect)
	a.PeakMemory = max(a.PeakMemory, o.PeakMemory)
	a.Deaths += o.Deaths
	a.Ended = cmp.Or(a.Ended, o.Ended)
	if !strings.Contains(a.Skipped, o.Skipped) {
		a.Skipped = strings.TrimPrefix(a.Skipped+"; "+o.Skipped, "; ")
	}
}

// earlier is the earlier of two times that are known.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// joinShards returns the parts that two reports of one selection hold together,
// nil for the whole.
func joinShards(a, b []catalogue.Shard) []catalogue.Shard {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(a, b catalogue.Shard) int {
		return cmp.Or(cmp.Compare(a.Count, b.Count), cmp.Compare(a.Index, b.Index))
	})
	all = slices.Compact(all)
	if len(all) == all[0].Count && len(all) == all[len(all)-1].Count {
		return nil
	}
	return all
}
