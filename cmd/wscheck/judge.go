package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/harness/http2"
	"github.com/wscheck/wscheck/internal/capture"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/store"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/oracle"
)

type judgeCmd struct {
	Files []string `arg:"" name:"file" help:"Saved traces, captures (pcap or pcapng, HAR, tshark's follow,tls,raw; compressed or not), or the wscheck.json of a report."`

	Side    string `enum:",peer,client,server,both" default:"" placeholder:"WHO" help:"Whose conduct to judge: client, server, both, or the peer of the one that kept the trace (default: both in a capture, the peer in a trace)."`
	Echo    *bool  `negatable:"" help:"The peer was to echo and to stay (default: not in a capture)."`
	Quiet   bool   `short:"q" help:"Print a line for each conversation, and not what happened in it."`
	Inspect bool   `short:"v" help:"Print what happened in every conversation, also where nothing is wrong."`
}

// Run judges conversations that are over.
func (c *judgeCmd) Run(e *env) error {
	var all []saved
	for _, name := range c.Files {
		some, err := loadSaved(name)
		if err != nil {
			return usage(err)
		}
		all = append(all, some...)
	}
	broken := 0
	for i := range all {
		for _, t := range c.sides(&all[i]) {
			if c.show(e.stdout, &all[i], t) {
				broken++
			}
		}
		for _, text := range all[i].reported {
			fmt.Fprintf(e.stdout, "  the program that kept it reported: %s\n", strconv.Quote(text))
		}
	}
	fmt.Fprintf(e.stdout, "%s, %d broken\n", plural.Of(len(all), "conversation"), broken)
	if broken > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}

// saved is a conversation that is over.
type saved struct {
	name     string
	trace    *oracle.Trace
	captured bool // by somebody who was not part of it
	messages bool // are all that is known, not frames
	reported []string
}

// maxSaved bounds the octets of a saved trace.
const maxSaved = 64 << 20

// loadSaved reads a file of conversations.
func loadSaved(name string) ([]saved, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a file", name)
	case filepath.Base(name) == report.FileName:
		return fromReport(name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var head [13]byte
	n, _ := io.ReadFull(f, head[:]) // the readers say what is wrong with it
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if bytes.Equal(head[:n], []byte("wscheck trace")) {
		return fromTrace(name, f)
	}
	return fromCapture(name, f)
}

// readFile reads a file that must not be longer than so many octets.
func readFile(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readBounded(name, f, most)
}

func readBounded(name string, r io.Reader, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(text)) > most {
		err = fmt.Errorf("%s: longer than %d octets", name, most)
	}
	return text, err
}

func fromTrace(name string, r io.Reader) ([]saved, error) {
	text, err := readBounded(name, r, maxSaved)
	if err != nil {
		return nil, err
	}
	t, _, err := oracle.ParseTrace(string(text))
	var syntax *oracle.SyntaxError
	if errors.As(err, &syntax) {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return []saved{{name: name, trace: t}}, nil
}

func fromCapture(name string, r io.Reader) ([]saved, error) {
	conversations, seen, err := capture.Read(r, capture.Limits{}, http2.NewHeads)
	var format *capture.FormatError
	switch {
	case errors.As(err, &format) && format.Offset == 0 && strings.HasPrefix(format.Problem, "neither"):
		return nil, fmt.Errorf("%s: no trace, no capture (pcap, pcapng or HAR), and not the %s of a report", name, report.FileName)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(conversations) == 0:
		return nil, fmt.Errorf("%s: %s", name, seen)
	}
	var all []saved
	for _, c := range conversations {
		all = append(all, saved{
			name: name + ", " + c.String(), trace: c.Trace, captured: true, messages: c.Messages, reported: c.Reported,
		})
	}
	return all, nil
}

func fromReport(name string) ([]saved, error) {
	r, err := store.Load(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	var all []saved
	for _, a := range r.Agents {
		for _, result := range a.Results {
			if result.Trace != nil && len(result.Trace.Events) > 0 {
				all = append(all, saved{name: fmt.Sprintf("%s, %s, %s", name, a.Name, result.Case.ID), trace: result.Trace})
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: the report holds no trace", name)
	}
	return all, nil
}

// options are what was asked of the peer.
func (c *judgeCmd) options(s *saved) oracle.Options {
	echo := !s.captured
	if c.Echo != nil {
		echo = *c.Echo
	}
	return oracle.Options{Echo: echo, Stay: echo, Captured: s.captured}
}

// sides returns the traces to judge, each with the one to be judged as the peer.
func (c *judgeCmd) sides(s *saved) []*oracle.Trace {
	both := []*oracle.Trace{s.trace, capture.Mirror(s.trace)}
	switch side := c.Side; {
	case side == "both" || side == "" && s.captured:
		return both
	case side == "" || side == "peer":
		return both[:1]
	}
	return slices.DeleteFunc(both, func(t *oracle.Trace) bool { return t.Role.Peer().String() != c.Side })
}

// show judges a trace, prints the verdict, and reports whether a clause is
// broken.
func (c *judgeCmd) show(w io.Writer, s *saved, t *oracle.Trace) bool {
	// A recording cannot be played again, so that a time-out in it proves nothing.
	v := oracle.JudgeTrace(t, c.options(s)).Doubted(func(f *oracle.Finding) bool { return f.Basis == oracle.Quiet })
	if t.Elided() && v.Outcome == oracle.Pass {
		v.Outcome, v.Reason = oracle.Inconclusive, "octets are missing from the trace"
	}
	mark := map[oracle.Outcome]string{oracle.Violation: "✗", oracle.Inconclusive: "?"}[v.Outcome]
	mark = cmp.Or(mark, "✓")
	fmt.Fprintf(w, "%s %s: the %s: %s", mark, s.name, t.Role.Peer(), v.Outcome)
	if v.Reason != "" {
		fmt.Fprintf(w, ", %s", v.Reason)
	}
	if s.messages {
		fmt.Fprint(w, " (by the opening handshake and the messages: frames are not known)")
	}
	fmt.Fprintln(w)
	for _, f := range v.ByGravity() {
		printFinding(w, &f)
	}
	if !c.Quiet && (c.Inspect || len(v.Findings) > 0) {
		fmt.Fprintf(w, "\n  the conversation, in ms (→ the %s, ← the %s, ◄ what shows it)\n", t.Role, t.Role.Peer())
		for _, line := range transcript.Lines(&report.Result{Trace: t, RFC: v}) {
			fmt.Fprintln(w, strings.TrimRight("  "+line, " "))
		}
		fmt.Fprintln(w)
	}
	return v.Outcome == oracle.Violation
}

func printFinding(w io.Writer, f *oracle.Finding) {
	fmt.Fprintf(w, "  %s %s\n", f.Phrase(), f.Clause)
	if c := oracle.Lookup(f.Clause); c != nil {
		fmt.Fprintf(w, "    %s: %s\n", c.Section, c)
	}
	fmt.Fprintf(w, "    want  %s\n    got   %s\n    at    octet %d of what it sent\n", f.Want, f.Got, f.Offset)
}
