package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/wscheck/wscheck/harness/catalogue"
	"github.com/wscheck/wscheck/harness/report"
)

// sinkFlags are the flags of what is made of a report besides its directory, and
// of what may fail. A command that has a report embeds it, calls prepare before
// it does anything else, and ends with finish.
type sinkFlags struct {
	JUnit    string `name:"junit" placeholder:"FILE" help:"Write a JUnit report."`
	Markdown string `placeholder:"FILE" help:"Write a summary in Markdown."`
	Badge    string `placeholder:"FILE" help:"Write a badge for a README, in SVG."`

	Baseline       string `placeholder:"FILE" help:"Known deviations: they do not fail, new ones do, and those that are gone are told."`
	UpdateBaseline bool   `help:"Write what fails into the baseline: from then on it is known."`

	baseline *report.Baseline
}

// prepare reads what the flags name. Its errors are the user's to mend.
func (f *sinkFlags) prepare() error {
	if f.Baseline == "" {
		if f.UpdateBaseline {
			return errors.New("--update-baseline: say which by --baseline FILE")
		}
		return nil
	}
	var err error
	f.baseline, err = report.LoadBaseline(f.Baseline)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.UpdateBaseline:
		f.baseline = new(report.Baseline)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--baseline: %s does not exist: --update-baseline makes it", f.Baseline)
	case err != nil:
		return fmt.Errorf("--baseline: %w", err)
	}
	return nil
}

// finish compares the report with the baseline, tells and writes what is wanted,
// and returns an error with the exit code for what fails. err is what went wrong
// in the run, and counts most.
func (f *sinkFlags) finish(e *env, r *report.Report, err error) error {
	if berr := f.compare(r); berr != nil {
		return usage(berr)
	}
	if werr := report.WriteSummary(e.stdout, r, colored(e.stdout)); werr != nil {
		return werr
	}
	if werr := f.write(r); werr != nil {
		return usage(werr)
	}
	switch {
	case err != nil:
		return err
	case r.Stopped != "":
		return &exitError{exitFailed, fmt.Errorf("%s: the report holds what was run by then", r.Stopped)}
	case r.Failed():
		return &exitError{code: exitFailed}
	}
	return nil
}

// compare marks what is known, and brings the baseline up to date where that is
// wanted.
func (f *sinkFlags) compare(r *report.Report) error {
	if f.baseline == nil {
		return nil
	}
	if !f.UpdateBaseline {
		_, err := f.baseline.Apply(r)
		return err
	}
	if _, err := f.baseline.Update(r); err != nil {
		return err
	}
	return writeFile(f.Baseline, f.baseline.Format())
}

// write writes the reports that other tools read.
func (f *sinkFlags) write(r *report.Report) error {
	for _, sink := range []struct {
		name  string
		write func(io.Writer, *report.Report) error
	}{
		{f.JUnit, report.WriteJUnit},
		{f.Markdown, report.WriteMarkdown},
		{f.Badge, report.WriteBadge},
	} {
		if sink.name == "" {
			continue
		}
		var b bytes.Buffer
		if err := sink.write(&b, r); err != nil {
			return err
		}
		if err := writeFile(sink.name, b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// shardFlag is the flag of a command whose cases several machines can share.
type shardFlag struct {
	Shard catalogue.Shard `placeholder:"I/N" help:"Run the I-th of N parts of the cases, for N machines (I from 1, or I+1 with I from 0); wscheck report merge makes one report of theirs."`
}
