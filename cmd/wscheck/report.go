package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/sink"
	"github.com/wscheck/wscheck/internal/report/store"
)

type reportCmd struct {
	Show  reportShowCmd  `cmd:"" help:"Print the summary of a report again, and write other formats."`
	Merge reportMergeCmd `cmd:"" help:"Make one report of several, of other servers or clients or of other shards."`

	Diff    reportDiffCmd    `cmd:"" help:"Compare two reports: what fails that did not, what is gone, changed or slow."`
	History reportHistoryCmd `cmd:"" help:"Plot how many cases failed in several reports, in SVG."`
}

type reportDiffCmd struct {
	Before string `arg:"" help:"Directory of the earlier report."`
	Now    string `arg:"" help:"Directory of the later one."`
	Judge  string `enum:",rfc,autobahn" default:"" placeholder:"WHO" help:"Whose verdict decides what fails: rfc or autobahn (default: as in the later run)."`
}

// Run compares two reports. Its exit code is 1 if something fails that did not
// before.
func (c *reportDiffCmd) Run(e *env) error {
	reports, err := loadVerdicts(c.Before, c.Now)
	if err != nil {
		return usage(err)
	}
	before, now := reports[0], reports[1]
	if before.Role != now.Role {
		return usage(fmt.Errorf("%s is about %ss, and %s about %ss: compare reports of one role", c.Before, before.Role.Peer(), c.Now, now.Role.Peer()))
	}
	now.Judge = cmp.Or(report.Judge(c.Judge), now.Judge)
	d := report.Diff(before, now)
	if err := d.WriteText(e.stdout); err != nil {
		return err
	}
	if len(d.New) > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}

// loadVerdicts reads reports without their traces.
func loadVerdicts(dirs ...string) (reports []*report.Report, err error) {
	for _, dir := range dirs {
		r, err := store.LoadVerdicts(dir)
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	return reports, nil
}

type reportHistoryCmd struct {
	Dirs []string `arg:"" name:"dir" help:"Directories of the reports. They are put in order by when they began."`
	Out  string   `placeholder:"FILE" help:"Where to write the plot (default: standard output)."`
}

// Run plots the reports.
func (c *reportHistoryCmd) Run(e *env) error {
	if err := checkOut("", "", outFile{"--out", c.Out}); err != nil {
		return usage(err)
	}
	reports, err := loadVerdicts(c.Dirs...)
	if err != nil {
		return usage(err)
	}
	if c.Out == "" {
		return sink.WriteHistory(e.stdout, reports)
	}
	return writeFile(c.Out, func(w io.Writer) error { return sink.WriteHistory(w, reports) })
}

type reportShowCmd struct {
	Dir   string `arg:"" help:"Directory of the report."`
	Judge string `enum:",rfc,autobahn" default:"" placeholder:"WHO" help:"Whose verdict decides what fails: rfc or autobahn (default: as in the run)."`

	Clause string `placeholder:"ID" help:"List each case that this clause is about; * in it stands for anything."`
	sinkFlags
}

// Run shows a report. Its exit code is that of the run, by the judge that is
// asked for.
func (c *reportShowCmd) Run(e *env) error {
	if err := errors.Join(c.checkFiles("", ""), c.prepare()); err != nil {
		return usage(err)
	}
	if c.clause = c.Clause; c.Clause != "" {
		if _, err := report.ClauseGlob(c.Clause); err != nil {
			return usage(fmt.Errorf("--clause: %w", err))
		}
	}
	r, err := store.LoadVerdicts(c.Dir)
	if err != nil {
		return usage(err)
	}
	r.Judge = cmp.Or(report.Judge(c.Judge), r.Judge)
	return c.finish(e, r, unreachable(r))
}

type reportMergeCmd struct {
	Dirs  []string `arg:"" name:"dir" help:"Directories of the reports."`
	Out   string   `required:"" placeholder:"DIR" help:"Where to write the report. One that is there is replaced."`
	Judge string   `enum:",rfc,autobahn" default:"" placeholder:"WHO" help:"Whose verdict decides what fails: rfc or autobahn (default: as in the run)."`
	sinkFlags
}

// Run merges reports. Its exit code is that of a run of all.
func (c *reportMergeCmd) Run(e *env) error {
	if err := errors.Join(c.checkFiles("--out", c.Out), c.prepare()); err != nil {
		return usage(err)
	}
	r, conflicts, err := store.MergeDirs(c.Out, c.Dirs, report.Judge(c.Judge))
	if err != nil {
		return usage(err)
	}
	printConflicts(e.stderr, conflicts)
	err = unreachable(r)
	if missing := r.MissingShards(); err == nil && len(missing) > 0 {
		err = &exitError{exitFailed, fmt.Errorf("there is no report of shard %s", report.ShardList(missing))}
	}
	return c.finish(e, r, err)
}

// unreachable returns the error that a run with such peers ends with.
func unreachable(r *report.Report) error {
	var errs []error
	for _, agent := range r.Agents {
		if agent.Unreachable != "" {
			errs = append(errs, fmt.Errorf("%s was not reachable: %.400q", cmp.Or(agent.URL, agent.Name), agent.Unreachable))
		}
	}
	if errs == nil {
		return nil
	}
	return &exitError{exitUnreachable, errors.Join(errs...)}
}

// conflictRows bounds the conflicts that are listed.
const conflictRows = 50

// printConflicts prints the cases on which the reports do not agree.
func printConflicts(w io.Writer, conflicts []store.Conflict) {
	for i, c := range conflicts {
		if i == conflictRows {
			fmt.Fprintf(w, "wscheck: and %s on which the reports differ\n", plural.Of(len(conflicts)-i, "more case"))
			return
		}
		fmt.Fprintf(w, "wscheck: the reports differ on %s of %.80q: %s counts, %s does not\n", c.Case, c.Agent, c.Kept, c.Dropped)
	}
}
