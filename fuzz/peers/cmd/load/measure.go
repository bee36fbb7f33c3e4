package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// played is one run: the verdict of each case, and how long it took.
type played struct {
	verdicts map[string]string
	took     time.Duration
}

func (p played) verdict(id string) string { return cmp.Or(p.verdicts[id], "not played") }

// row is the outcome of the runs against one library beside one number of busy processes.
type row struct {
	library string
	busy    int
	runs    []played
	differ  []difference
}

// difference is a verdict that is not the reference's.
type difference struct {
	id, want, got string
	runs          int    // that gave it
	race          string // why Autobahn|Testsuite can differ too, "" if it cannot
}

// measure plays everything and prints what it finds, also where an error or ctx's end stops it. It reports whether a
// verdict differs.
func (p *plan) measure(ctx context.Context, stdout, stderr io.Writer) (bool, error) {
	dir, err := os.MkdirTemp("", "load-*")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	b := &builder{dir: dir}
	var rows []row
	for _, name := range p.libraries {
		var found []row
		if found, err = p.library(ctx, b, name, stderr); err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		if rows = append(rows, found...); err != nil {
			break
		}
	}
	if len(rows) > 0 {
		err = errors.Join(err, print(stdout, rows))
	}
	return differs(rows), err
}

// library plays the runs against one library. Beside an error it returns what is complete.
func (p *plan) library(ctx context.Context, b *builder, name string, stderr io.Writer) (rows []row, err error) {
	lib, err := find(name)
	if err != nil {
		return nil, err
	}
	server, err := b.target(ctx, lib)
	if err != nil {
		return nil, err
	}
	config := p.config
	if !lib.deflate {
		config.Lacks = []engine.Feature{engine.FeatureDeflate}
	}
	quiet, err := p.beside(ctx, 0, p.quiet, server, &config, func(played) {})
	if err != nil {
		return nil, err
	}
	reference := mostFrequent(quiet)
	for _, n := range p.busy {
		runs, err := p.beside(ctx, n, p.runs, server, &config, func(one played) {
			if p.verbose {
				fmt.Fprintf(stderr, "%s, %d busy: %.2fs\n", lib.name, n, one.took.Seconds())
				for _, d := range compare(lib.name, reference, []played{one}) {
					fmt.Fprintf(stderr, "  %s: %s, want %s\n", d.id, d.got, d.want)
				}
			}
		})
		if err != nil {
			return rows, err
		}
		rows = append(rows, row{lib.name, n, runs, compare(lib.name, reference, runs)})
	}
	return rows, nil
}

// beside plays the selection some times with busy processes beside it.
func (p *plan) beside(ctx context.Context, busy, runs int, server engine.Target, config *engine.Config, each func(played)) ([]played, error) {
	stop, err := startBusy(busy)
	defer stop()
	if err != nil {
		return nil, err
	}
	var all []played
	for range runs {
		r, err := engine.Run(ctx, server, config)
		switch {
		case err != nil:
			return nil, err
		case r.Stopped != "":
			return nil, fmt.Errorf("stopped: %s", r.Stopped)
		case len(r.Agents[0].Results) == 0:
			return nil, errors.New("no case is selected that the library can play: -cases and -exclude say which")
		}
		one := played{map[string]string{}, r.Took}
		for _, result := range r.Agents[0].Results {
			one.verdicts[result.Case.ID] = verdict(result)
		}
		each(one)
		all = append(all, one)
	}
	return all, nil
}

// verdict returns what is compared of a result.
func verdict(r *report.Result) string {
	text := r.RFC.Outcome.String()
	if r.Record != nil {
		text += fmt.Sprintf(" %s %s", r.Record.Behavior, r.Record.BehaviorClose)
	}
	return text
}

// mostFrequent returns each case's verdict in most of the runs, the first seen of those that tie.
func mostFrequent(runs []played) map[string]string {
	reference := map[string]string{}
	most := map[string]int{}
	counts := map[[2]string]int{}
	for _, run := range runs {
		for id, v := range run.verdicts {
			key := [2]string{id, v}
			counts[key]++
			if counts[key] > most[id] {
				most[id], reference[id] = counts[key], v
			}
		}
	}
	return reference
}

// compare returns the verdicts that differ from the reference, by case.
func compare(library string, reference map[string]string, runs []played) []difference {
	counts := map[[2]string]int{}
	for _, run := range runs {
		for id, want := range reference {
			if got := run.verdict(id); got != want {
				counts[[2]string{id, got}]++
			}
		}
	}
	var differ []difference
	for key, n := range counts {
		id := key[0]
		differ = append(differ, difference{id, reference[id], key[1], n, race(library, id, key[1])})
	}
	slices.SortFunc(differ, func(a, b difference) int {
		return slices.Compare([]string{a.id, a.got}, []string{b.id, b.got})
	})
	return differ
}

// races are verdicts that depend on what comes first or on what is drawn at random, for Autobahn|Testsuite too in its cases.
var races = []struct {
	library string // without "+deflate"
	cases   string // a pattern as of path.Match
	got     string // how the verdict ends
	reason  string
}{
	{"gobwas", "autobahn/7.1.6", "INFORMATIONAL INFORMATIONAL",
		"the server leaves the ping after the close frame unread, so that it resets TCP, and the reset can overtake the echo"},
	{"coder", "rfc6455/7.1.1/half-close-in-*", "pass",
		"the echo copies a message as it comes, so that it matters whether the end of TCP is read before the first part of it has left"},
}

// race returns why a case can end with that verdict, "" if it cannot.
func race(library, id, got string) string {
	for _, r := range races {
		if ok, _ := path.Match(r.cases, id); ok && strings.TrimSuffix(library, "+deflate") == r.library && strings.HasSuffix(got, r.got) &&
			!strings.HasPrefix(got, oracle.Violation.String()) {
			return r.reason
		}
	}
	return ""
}

// differs reports whether there is a difference that no race explains.
func differs(rows []row) bool {
	return slices.ContainsFunc(rows, func(r row) bool {
		return slices.ContainsFunc(r.differ, func(d difference) bool { return d.race == "" })
	})
}

// print writes the table, and the cases that differ.
func print(w io.Writer, rows []row) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "library\tbusy\truns\tcases\tdiffering cases\truns with one\tmedian s\tlongest s")
	for _, r := range rows {
		ids := map[string]bool{}
		for _, d := range r.differ {
			ids[d.id] = true
		}
		took := make([]time.Duration, len(r.runs))
		for i, run := range r.runs {
			took[i] = run.took
		}
		slices.Sort(took)
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%.2f\t%.2f\n", r.library, r.busy, len(r.runs), len(r.runs[0].verdicts),
			len(ids), r.affected(), took[len(took)/2].Seconds(), took[len(took)-1].Seconds())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, r := range rows {
		for _, d := range r.differ {
			known := ""
			if d.race != "" {
				known = "; a race: " + d.race
				if strings.HasPrefix(d.id, catalogue.AutobahnPrefix) {
					known = "; a race in the original too: " + d.race
				}
			}
			if _, err := fmt.Fprintf(w, "%s, %d busy: %s: %s in %d of %d runs, want %s%s\n",
				r.library, r.busy, d.id, d.got, d.runs, len(r.runs), d.want, known); err != nil {
				return err
			}
		}
	}
	return nil
}

// affected returns how many runs have a difference.
func (r *row) affected() int {
	n := 0
	for _, run := range r.runs {
		if slices.ContainsFunc(r.differ, func(d difference) bool { return run.verdict(d.id) == d.got }) {
			n++
		}
	}
	return n
}
