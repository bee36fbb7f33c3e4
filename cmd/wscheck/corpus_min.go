package main

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/convert"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/workers"
	"github.com/wscheck/wscheck/oracle"
)

type corpusMergeCmd struct {
	Sources []string `arg:"" name:"source" help:"Folders of entries, or files of any format that import takes."`
	Out     string   `required:"" placeholder:"DIR" help:"Folder for the entries. What is there already stays, and counts."`
}

// Run merges corpora: a conversation that is there twice, by its id, is written
// once, as it came first.
func (c *corpusMergeCmd) Run(e *env) error {
	var all []*corpus.Entry
	for _, source := range c.Sources {
		entries, err := load(source, convert.Options{})
		if err != nil {
			return usage(err)
		}
		all = append(all, entries...)
	}
	once := distinct(all)
	taken := map[string]bool{}
	for i, entry := range once {
		if taken[entry.Name] { // another conversation of the same name
			renamed := *entry
			renamed.Name += "-" + entry.ID()
			once[i] = &renamed
		}
		taken[once[i].Name] = true
	}
	if err := writeEntries(e.stdout, c.Out, once); err != nil {
		return err
	}
	writeTallies(e.stdout, count(all), count(once))
	return nil
}

type corpusMinCmd struct {
	entryFlags
	Source string `arg:"" optional:"" help:"Folder of entries (default: those of wscheck)."`
	Out    string `required:"" placeholder:"DIR" help:"Folder for the entries that are kept."`
}

// Run plays every entry with the conforming endpoint, and keeps those that
// exercise a clause or reach a state that no shorter one does. Those about a
// published flaw are kept even if they add nothing.
func (c *corpusMinCmd) Run(e *env) error {
	entries, err := c.load(c.Source)
	if err != nil {
		return usage(err)
	}
	if len(entries) == 0 {
		return usage(errors.New("no entry is left to choose from: see wscheck corpus list"))
	}
	all, err := playAll(e.ctx, distinct(entries))
	if err != nil {
		return err
	}
	kept, before, after := minimize(all)
	before.entries, before.octets = len(entries), count(entries).octets
	if err := writeEntries(e.stdout, c.Out, kept); err != nil {
		return err
	}
	writeTallies(e.stdout, before, after)
	return nil
}

// seen is an entry and what a conversation of it showed.
type seen struct {
	entry *corpus.Entry
	size  int
	adds  []string // clauses exercised and states reached, each with our role
}

// What the keys of seen.adds begin with.
const (
	clauseKey = "clause "
	stateKey  = "state "
)

// playAll plays entries, many side by side.
func playAll(ctx context.Context, entries []*corpus.Entry) ([]seen, error) {
	var p players
	defer p.close()
	all := make([]seen, len(entries))
	for i, entry := range entries {
		all[i] = seen{entry: entry, size: len(entry.Format())}
		if err := p.prepare(ctx, entry); err != nil {
			return nil, err
		}
	}
	var mu sync.Mutex
	var failed error
	workers.Each(ctx, len(entries), 32*runtime.GOMAXPROCS(0), func(i int) {
		adds, err := p.coverage(ctx, entries[i])
		mu.Lock()
		defer mu.Unlock()
		all[i].adds, failed = adds, errors.Join(failed, err)
	})
	return all, errors.Join(failed, context.Cause(ctx))
}

// coverage plays an entry and returns what it showed.
func (p *players) coverage(ctx context.Context, e *corpus.Entry) ([]string, error) {
	r, _, _, err := p.byRole[e.Role].PlayFast(ctx, engine.CorpusCase(e))
	if err != nil {
		return nil, err
	}
	j := oracle.NewJudge(r.Trace.Role, oracle.Options{Echo: true, Stay: true, Carrier: r.Trace.Carrier})
	for i := range r.Trace.Events {
		j.Feed(&r.Trace.Events[i])
	}
	var adds []string
	for _, id := range j.Exercised() {
		adds = append(adds, clauseKey+e.Role.String()+" "+string(id))
	}
	for _, state := range j.Reached() {
		adds = append(adds, stateKey+e.Role.String()+" "+state)
	}
	return adds, nil
}

// minimize chooses: entries about a flaw first, then the short ones.
func minimize(all []seen) (kept []*corpus.Entry, before, after tally) {
	slices.SortStableFunc(all, func(a, b seen) int {
		return cmp.Or(cmp.Compare(min(1, len(b.entry.Advisory)), min(1, len(a.entry.Advisory))), cmp.Compare(a.size, b.size), cmp.Compare(a.entry.Name, b.entry.Name))
	})
	covered := map[string]bool{}
	total := map[string]bool{}
	var every []*corpus.Entry
	for _, s := range all {
		every = append(every, s.entry)
		news := len(s.entry.Advisory) > 0
		for _, key := range s.adds {
			total[key] = true
			if !covered[key] {
				news, covered[key] = true, true
			}
		}
		if news {
			kept = append(kept, s.entry)
		}
	}
	before, after = count(every), count(kept)
	before.cover(total)
	after.cover(covered)
	return kept, before, after
}

// cover notes what conversations showed.
func (t *tally) cover(keys map[string]bool) {
	for key := range keys {
		if key[0] == clauseKey[0] {
			t.clauses++
		} else {
			t.states++
		}
	}
	t.played = true
}
