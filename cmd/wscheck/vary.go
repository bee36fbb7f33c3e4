package main

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/oracle"
)

type varyCmd struct {
	dialFlags
	waitFlags

	Command string   `name:"run" placeholder:"'CMD'" help:"Start the server by this command; it listens on 127.0.0.1 and $$PORT."`
	Mask    []string `sep:"none" placeholder:"REGEX" help:"What of the answers may differ: times, ids. May be repeated."`
	Verbose bool     `short:"v" help:"Print the script of each difference."`

	Args []string `arg:"" name:"recording" help:"A saved trace or a capture, and the server's URL: ${urls}."`
}

// Run plays a recording with other framing.
func (c *varyCmd) Run(e *env) error {
	files, url, err := splitURL(c.Args)
	if err != nil {
		return usage(err)
	}
	if len(files) != 1 {
		return usage(fmt.Errorf("%d recordings: vary takes one at a time", len(files)))
	}
	var mask []*regexp.Regexp
	for _, text := range c.Mask {
		re, err := regexp.Compile(text)
		if err != nil {
			return usage(fmt.Errorf("--mask: %w", err))
		}
		mask = append(mask, re)
	}
	recorded, err := loadSaved(files[0])
	switch {
	case err != nil:
		return usage(err)
	case len(recorded) != 1:
		return usage(fmt.Errorf("%s: it holds %d conversations: save one as a trace", files[0], len(recorded)))
	}
	script, err := engine.PlainScript(recorded[0].trace)
	if err != nil {
		return usage(fmt.Errorf("%s: %w", files[0], err))
	}
	o, err := c.options(url)
	if err != nil {
		return usage(err)
	}
	if c.Command == "" && url == "" {
		return usage(errors.New("no server: give its URL, or --run with its command"))
	}
	return c.play(e, dialled(c.Command, url, o), script, mask)
}

func (c *varyCmd) play(e *env, target engine.Target, script *oracle.Script, mask []*regexp.Regexp) error {
	ctx, stop := interruptible(e.ctx)
	defer stop()
	player, err := engine.NewPlayer(ctx, target, &engine.Config{Settle: c.Settle.duration(), Patience: c.Patience.duration(), Dialect: oracle.DialectNone})
	if err != nil {
		return e.notBegun(err)
	}
	defer player.Close()
	found, err := player.Vary(ctx, script, mask, nil)
	for _, d := range found {
		which := "each message"
		if d.Message > 0 {
			which = fmt.Sprintf("message %d", d.Message)
		}
		fmt.Fprintf(e.stdout, "✗ %s of ours: %s\n    want %s\n    got  %s\n", which, d.Variation, d.Want, d.Got)
		if c.Verbose {
			fmt.Fprintf(e.stdout, "\n%s\n\n", d.Script)
		}
	}
	switch {
	case err != nil && ctx.Err() == nil:
		return e.notBegun(err)
	case err != nil:
		return &exitError{exitFailed, errors.New("interrupted")}
	}
	fmt.Fprintf(e.stdout, "%s, and %d made a difference\n", plural.Of(len(engine.Variations()), "variation"), len(found))
	if len(found) > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}
