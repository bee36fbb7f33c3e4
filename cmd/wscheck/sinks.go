package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/vbauerster/mpb/v8/cwriter"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/sink"
	"github.com/wscheck/wscheck/internal/wholefile"
)

// sinkFlags are the flags of what is made of a report besides its directory, and
// of what may fail. A command that has a report embeds it, calls prepare before
// it does anything else, and ends with finish.
type sinkFlags struct {
	JUnit    string `name:"junit" placeholder:"FILE" help:"Write a JUnit report."`
	Markdown string `placeholder:"FILE" help:"Write a summary in Markdown."`
	SARIF    string `name:"sarif" placeholder:"FILE" help:"Write what fails and what is noted in SARIF 2.1.0, for code scanning."`
	TAP      string `name:"tap" placeholder:"FILE" help:"Write a report in the Test Anything Protocol."`
	Verbose  bool   `short:"v" help:"List every case in the summary, not groups of them; drive also shows what the command printed in each that failed."`
	Badge    string `placeholder:"FILE" help:"Write a badge for a README, in SVG."`

	Baseline       string `placeholder:"FILE" help:"Known deviations: they do not fail, new ones do, and ones that no longer occur are listed."`
	UpdateBaseline bool   `help:"Write what fails into the baseline: from then on it is known."`

	baseline *report.Baseline
	clause   string // list the cases of it
}

// prepare reads what the flags name. The user can fix its errors.
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

// finish compares the report with the baseline, prints and writes what is wanted,
// and returns an error with the exit code for what fails. err is what went wrong
// in the run, and counts most.
func (f *sinkFlags) finish(e *env, r *report.Report, err error) error {
	if berr := f.compare(r); berr != nil {
		return usage(berr)
	}
	var unreachable *engine.UnreachableError
	if !errors.As(err, &unreachable) || r.Ran() {
		style := terminalStyle(e.stdout)
		style.Every, style.EveryFlag, style.Clause = f.Verbose, "-v", f.clause
		if e.wstest {
			style.EveryFlag = "wscheck report show -v " + r.Dir
		}
		if werr := style.Write(e.stdout, r); werr != nil {
			return werr
		}
	}
	if os.Getenv("GITHUB_ACTIONS") == "true" {
		if werr := sink.WriteAnnotations(e.stdout, r); werr != nil {
			return werr
		}
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

// terminalStyle is how a summary is written to a file: in colors on a terminal
// whose user does not object (https://no-color.org), and no larger than it.
func terminalStyle(f *os.File) (style report.SummaryStyle) {
	if isTerminal(f) {
		style.Color = colorAllowed()
		if width, height, err := cwriter.GetSize(int(f.Fd())); err == nil {
			style.Width, style.Height = width, height
		}
	}
	return style
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
	return wholefile.Write(f.Baseline, f.baseline.Format())
}

// outSink is a report in a form that other tools read.
type outSink struct {
	outFile
	write func(io.Writer, *report.Report) error
}

// sinks are those that the flags can ask for.
func (f *sinkFlags) sinks() []outSink {
	return []outSink{
		{outFile{"--junit", f.JUnit}, sink.WriteJUnit},
		{outFile{"--markdown", f.Markdown}, sink.WriteMarkdown},
		{outFile{"--sarif", f.SARIF}, sink.WriteSARIF},
		{outFile{"--tap", f.TAP}, sink.WriteTAP},
		{outFile{"--badge", f.Badge}, sink.WriteBadge},
	}
}

// write writes the reports that other tools read.
func (f *sinkFlags) write(r *report.Report) error {
	for _, s := range f.sinks() {
		if err := writeFile(s.name, func(w io.Writer) error { return s.write(w, r) }); err != nil {
			return err
		}
	}
	return nil
}

// shardFlag is the flag of a command whose cases several machines can share.
type shardFlag struct {
	Shard catalogue.Shard `placeholder:"I/N" help:"Run the I-th of N parts of the cases, for N machines (I from 1, or I+1 with I from 0); wscheck report merge makes one report of theirs."`
}
