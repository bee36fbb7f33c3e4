package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/harness/http2"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/mutation"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// http2Flag is the flag of commands that play with a server.
type http2Flag struct {
	HTTP2 bool `name:"http2" help:"Carry the WebSockets over HTTP/2 (RFC 8441): over TLS agreed on by ALPN, and else by prior knowledge."`
}

// carrier is what the flag asks for.
func (f *http2Flag) carrier() engine.Carrier {
	if f.HTTP2 {
		return http2.Carrier
	}
	return nil
}

// printUncarried prints how many of the cases that are selected cannot be played over
// HTTP/2.
func printUncarried(w io.Writer, config *engine.Config) {
	if n := engine.LeftOut(wsproto.Server, config); n > 0 {
		fmt.Fprintf(w, "%s about the opening handshake of HTTP/1.1 left out: HTTP/2 has another one\n", plural.Of(n, "case is", "cases are"))
	}
}

// overHTTP2 are the cases and mutants about HTTP/2.
func overHTTP2() (c mutation.Covering) {
	c.Cases = slices.Concat(http2.Cases(wsproto.Client), slices.DeleteFunc(http2.Cases(wsproto.Server), func(cs *catalogue.Case) bool { return cs.Roles.Has(wsproto.Client) }))
	for _, m := range http2.Mutants() {
		c.Mutants = append(c.Mutants, reference.Mutant{Name: m.Name, Clause: m.Clause, Roles: m.Roles, Text: m.Text})
	}
	return c
}

// parityCarriers are the values of --parity.
var parityCarriers = []string{oracle.HTTP1.String(), oracle.HTTP2.String()}

// checkParity reports values of --parity that make no sense.
func (c *clientCmd) checkParity() error {
	switch {
	case len(c.Parity) == 0:
		return nil
	case !slices.Equal(slices.Sorted(slices.Values(c.Parity)), parityCarriers):
		return fmt.Errorf("--parity %s: want %s", strings.Join(c.Parity, ","), strings.Join(parityCarriers, ","))
	case c.HTTP2:
		return errors.New("--parity plays over HTTP/2 too: leave --http2 out")
	case c.Spec != "" || len(c.URLs)+len(c.Command) == 0 || len(c.URLs) > 1:
		return errors.New("--parity compares one server with itself: give its URL, or its command by --run")
	case len(c.Agent) > 0:
		return errors.New("--parity names the server by what carries its WebSockets: leave --agent out")
	}
	return nil
}

// pair has a run play the cases that both carriers have over either of them.
func pair(config *engine.Config, target func(engine.Carrier) engine.Target) ([]engine.Target, error) {
	cases, err := plan(wsproto.Server, config)
	if err != nil {
		return nil, err
	}
	config.Select = slices.DeleteFunc(cases, func(cs *catalogue.Case) bool { return cs.Script.Uncarried(oracle.HTTP2) != "" })
	config.Shard = catalogue.Shard{} // Plan has taken it
	return []engine.Target{target(nil), target(http2.Carrier)}, nil
}

// errDiffer is the end of a run that found a difference.
var errDiffer = errors.New("the server does not behave the same over HTTP/1.1 and HTTP/2")

// printDifferences prints the cases in which two agents of a report differ, and how many
// could not be compared. It returns an error where a case fails over one carrier alone.
func printDifferences(w io.Writer, r *report.Report) (err error) {
	if len(r.Agents) != 2 {
		return nil
	}
	p := engine.Compare(r)
	for _, d := range p.Differ {
		if d.Fails {
			err = &exitError{exitFailed, errDiffer}
		}
		fmt.Fprintf(w, "≠ %s  http1: %s; http2: %s\n", d.Case, d.First, d.Second)
	}
	fmt.Fprintf(w, "parity: %s over HTTP/1.1 and HTTP/2, %s\n", plural.Of(p.Equal+len(p.Differ), "case"), plural.Of(len(p.Differ), "differs", "differ"))
	for _, left := range []struct {
		n   int
		why string
	}{{p.Unplayed[0], "not played over HTTP/1.1"}, {p.Unplayed[1], "not played over HTTP/2"}, {p.Undecided, "not decided"}} {
		if left.n > 0 {
			fmt.Fprintf(w, "parity: %s not compared: %s\n", plural.Of(left.n, "case"), left.why)
		}
	}
	return err
}
