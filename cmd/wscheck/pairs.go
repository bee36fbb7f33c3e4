package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wscheck/wscheck/internal/matrix"
	"github.com/wscheck/wscheck/wsproto"
)

type pairsCmd struct {
	Clients string `arg:"" optional:"" default:"*" help:"Clients, by patterns with commas between them: js-*,go-gws (default: all)."`
	Servers string `arg:"" optional:"" default:"*" help:"Servers, by such patterns (default: all)."`

	Peers    string `default:"fuzz/peers/other" placeholder:"DIR" help:"Folder with the files of the peers, or with folders that have them (${default})."`
	List     bool   `help:"List the peers that are selected and start none."`
	HTML     string `placeholder:"FILE" help:"Write the grid as a page for a browser."`
	Markdown string `placeholder:"FILE" help:"Write the grid as a page in Markdown."`
	Jobs     number `short:"j" placeholder:"N" help:"Servers to have side by side (default: one for each processor)."`
}

// Run has each client meet each server, with the judge between them.
func (c *pairsCmd) Run(e *env) error {
	clients, err := c.load(c.Clients, wsproto.Client)
	if err != nil {
		return usage(err)
	}
	servers, err := c.load(c.Servers, wsproto.Server)
	if err != nil {
		return usage(err)
	}
	if c.List {
		for _, p := range append(clients, servers...) {
			fmt.Fprintf(e.stdout, "%-28s %s as %s\n", p.ID, p.Name, p.Role)
		}
		return nil
	}
	ctx, stop := interruptible(e.ctx)
	defer stop()
	var errs []error
	grid, err := matrix.Pairs(ctx, clients, servers, &matrix.Config{
		Side: int(c.Jobs), Unplayed: unplayedPeer(e, &errs),
		Met: func(p *matrix.Pair, done, of int) {
			fmt.Fprintf(e.stderr, "%d of %d: %s × %s: %s\n", done, of, p.Client, p.Server, p.Mark())
		},
	})
	switch {
	case err != nil:
		return &exitError{exitFailed, err}
	case len(grid.Pairs) == 0 && len(errs) == 0:
		return &exitError{exitUnreachable, errors.New("no client or no server of these is installed")}
	}
	if err := grid.WriteText(e.stdout); err != nil {
		return err
	}
	return worst(e, append(errs,
		writeFile(c.HTML, grid.WriteHTML),
		writeFile(c.Markdown, func(w io.Writer) error { return grid.WriteMarkdown(w, c.command()) })))
}

// command is how the page is made.
func (c *pairsCmd) command() string {
	text := "wscheck pairs"
	if c.Clients != "*" || c.Servers != "*" {
		text += fmt.Sprintf(" '%s' '%s'", c.Clients, c.Servers)
	}
	return text + " --markdown " + c.Markdown
}

// load loads the echoes of a role.
func (c *pairsCmd) load(pattern string, role wsproto.Role) (peers []*matrix.Peer, err error) {
	all, err := matrix.Load(c.Peers, strings.Split(pattern, ","))
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if p.Role == role && p.Dialect == nil {
			peers = append(peers, p)
		}
	}
	if peers == nil {
		return nil, fmt.Errorf("no %s of %s that echoes matches %q: --list names them", role, c.Peers, pattern)
	}
	return peers, nil
}
