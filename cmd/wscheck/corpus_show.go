package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/convert"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/mutation"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/wsproto"
)

type corpusShowCmd struct {
	Names []string `arg:"" name:"entry" help:"Names or ids of entries, or files of any format that import takes."`

	From    string `placeholder:"DIR" help:"Folder in which names and ids are looked up (default: the entries of wscheck)."`
	Diagram bool   `short:"d" help:"Play each with the conforming endpoint, and draw the conversation."`
}

// Run prints entries.
func (c *corpusShowCmd) Run(e *env) error {
	entries, err := c.find()
	if err != nil {
		return usage(err)
	}
	var players players
	defer players.close()
	for i, entry := range entries {
		if i > 0 {
			fmt.Fprintln(e.stdout)
		}
		fmt.Fprintf(e.stdout, "# %s, id %s\n%s", entry.Name, entry.ID(), entry.Format())
		if !c.Diagram {
			continue
		}
		r, err := players.play(e.ctx, entry)
		if err != nil {
			return err
		}
		fmt.Fprintln(e.stdout)
		drawSequence(e.stdout, r)
		fmt.Fprintf(e.stdout, "\nthe conforming %s: %s\n", entry.Role.Peer(), verdictLine(r))
	}
	return nil
}

// find returns the entries that are named.
func (c *corpusShowCmd) find() ([]*corpus.Entry, error) {
	all, err := load(c.From, convert.Options{})
	if err != nil {
		return nil, err
	}
	var found []*corpus.Entry
	for _, name := range c.Names {
		before := len(found)
		for _, e := range all {
			if e.Name == name || e.ID() == name {
				found = append(found, e)
			}
		}
		if len(found) > before {
			continue
		}
		if _, err := os.Stat(name); err != nil {
			return nil, fmt.Errorf("%q is neither the name or id of an entry nor a file: see wscheck corpus list", name)
		}
		read, err := load(name, convert.Options{})
		if err != nil {
			return nil, err
		}
		found = append(found, read...)
	}
	return found, nil
}

func verdictLine(r *report.Result) string {
	parts := []string{r.RFC.Outcome.String()}
	if r.RFC.Reason != "" {
		parts = append(parts, r.RFC.Reason)
	}
	for _, f := range r.RFC.ByGravity() {
		parts = append(parts, string(f.Clause))
	}
	return strings.Join(parts, ", ")
}

// players play entries with the conforming endpoint, over the loopback
// interface. Each is made when it is first needed.
type players struct{ byRole [2]*engine.Player }

// prepare makes the player for an entry, where there is none.
func (p *players) prepare(ctx context.Context, e *corpus.Entry) (err error) {
	if p.byRole[e.Role] == nil {
		p.byRole[e.Role], err = engine.NewPlayer(ctx, ownPeer(e.Role.Peer()), nil)
	}
	return err
}

func (p *players) play(ctx context.Context, e *corpus.Entry) (*report.Result, error) {
	if err := p.prepare(ctx, e); err != nil {
		return nil, err
	}
	return p.byRole[e.Role].Play(ctx, engine.CorpusCase(e))
}

func (p *players) close() {
	for _, player := range p.byRole {
		if player != nil {
			player.Close()
		}
	}
}

// The diagram: two lifelines with arrows between them.
const (
	diagramWidth = 66 // columns between the lifelines
	timeWidth    = 10
)

// drawSequence draws a conversation as a sequence diagram.
func drawSequence(w io.Writer, r *report.Result) {
	us, peer := "wscheck ("+r.Trace.Role.String()+")", "peer ("+r.Trace.Role.Peer().String()+")"
	gap := max(1, diagramWidth+2-utf8.RuneCountInString(us)-utf8.RuneCountInString(peer)+8)
	fmt.Fprintf(w, "%*s %s%s%s\n", timeWidth-4, "ms", us, strings.Repeat(" ", gap), peer)
	for _, line := range transcript.Lines(r) {
		at, rest := line[:min(timeWidth, len(line))], strings.TrimPrefix(line[min(timeWidth, len(line)):], " ")
		arrow, text, ok := strings.Cut(rest, " ")
		if !ok {
			continue
		}
		text = visible.Columns(text, diagramWidth-8)
		dashes := func(label string) string { return strings.Repeat("─", diagramWidth-4-utf8.RuneCountInString(label)) }
		switch arrow {
		case "→":
			fmt.Fprintf(w, "%s │── %s %s▶│\n", at, text, dashes(text+"  ")+"─")
		case "←":
			fmt.Fprintf(w, "%s │◀─ %s %s─│\n", at, text, dashes(text+"  ")+"─")
		case "·":
			fmt.Fprintf(w, "%s │   %s%s│\n", at, text, strings.Repeat(" ", diagramWidth-3-utf8.RuneCountInString(text)))
		}
	}
}

// ownPeer is the conforming endpoint in a role.
func ownPeer(role wsproto.Role) engine.Target {
	return mutation.Endpoint(role, reference.Options{Deflate: new(reference.Deflate)})
}
