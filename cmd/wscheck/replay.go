package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wscheck/wscheck/internal/blackbox"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

type replayCmd struct {
	peerFlags

	Args []string `arg:"" name:"file" help:"Findings: corpus entries, inputs for go test, scripts of learn diff, or folders of them. Last comes the server's URL: ${urls}."`

	Verbose bool `short:"v" help:"Show the conversation of each that is still broken, and of each that names no clause."`
}

// Run plays findings again.
func (c *replayCmd) Run(e *env) error {
	files, url, err := splitURL(c.Args)
	if err != nil {
		return usage(err)
	}
	role := c.role()
	recordings, err := blackbox.Load(role, files...)
	var others *blackbox.RoleError
	if err != nil && !errors.As(err, &others) {
		return usage(err)
	}
	if others != nil {
		flag := "a server's URL"
		if role == wsproto.Client {
			flag = "--listen"
		}
		err := fmt.Errorf("%w: replay it with %s", others, flag)
		if len(recordings) == 0 {
			return usage(err)
		}
		fmt.Fprintf(e.stderr, "wscheck: %v\n", err)
	}
	config, err := c.config()
	if err != nil {
		return usage(err)
	}
	target, peer, err := c.target(url)
	if err != nil {
		return usage(err)
	}
	c.announce(e.stdout)
	ctx, stop := interruptible(e.ctx)
	defer stop()
	player, err := engine.NewPlayer(ctx, target, config)
	if err != nil {
		return e.notBegun(err)
	}
	defer player.Close()
	broken := 0
	for _, r := range recordings {
		replayed, err := blackbox.Replay(ctx, player, r)
		if err != nil {
			return e.notBegun(err)
		}
		if len(replayed.Broken) > 0 {
			broken++
		}
		c.show(e.stdout, replayed, peer, len(recordings) == 1)
	}
	fmt.Fprintf(e.stdout, "%d of %s broken\n", broken, plural.Of(len(recordings), "recording"))
	if broken > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}

// splitURL takes the URL from the arguments.
func splitURL(args []string) (files []string, url string, err error) {
	for _, a := range args {
		switch {
		case !strings.Contains(a, "://"):
			files = append(files, a)
		case url != "":
			return nil, "", fmt.Errorf("%s and %s: replay takes one server at a time", url, a)
		default:
			url = a
		}
	}
	if files == nil {
		return nil, "", errors.New("no file: give the findings to play again, and then the server's URL")
	}
	return files, url, nil
}

// show prints what came of one recording, all of it where it is the only one.
func (c *replayCmd) show(w io.Writer, r *blackbox.Replayed, peer string, only bool) {
	wanted := cmp.Or(clauseList(r.Clauses), "any clause")
	switch {
	case r.Again():
		fmt.Fprintf(w, "✗ %s: breaks %s\n", r.Path, clauseList(r.Broken))
	case len(r.Broken) > 0:
		fmt.Fprintf(w, "✗ %s: breaks %s, and not %s any more\n", r.Path, clauseList(r.Broken), wanted)
	case r.Result.RFC.Outcome == oracle.Inconclusive:
		fmt.Fprintf(w, "? %s: shows nothing: %s\n", r.Path, r.Result.RFC.Reason)
	default:
		fmt.Fprintf(w, "✓ %s: does not break %s\n", r.Path, wanted)
	}
	if len(r.Broken) > 0 && (c.Verbose || only) || c.Verbose && r.Clauses == nil {
		fmt.Fprintf(w, "\n%s\n\n", engine.Describe(r.Result, report.JudgeRFC, replayCommand(r.Path, peer)))
	}
}

func clauseList(ids []oracle.ClauseID) string {
	var names []string
	for _, id := range ids {
		names = append(names, string(id))
	}
	return strings.Join(names, ", ")
}
