package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/wscheck/wscheck/internal/drive"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/wsproto"
)

type driveCmd struct {
	Command []string `arg:"" passthrough:"" name:"cmd" help:"The client's command. {} or $$URL in it is the URL to connect to; else that is added to it. A single word with blanks goes to the shell."`

	Cases   []string `sep:"none" placeholder:"PATTERN" help:"Cases to run, by pattern: 4.2.*, autobahn/4.2.4. May be repeated."`
	Exclude []string `sep:"none" placeholder:"PATTERN" help:"Cases to leave out, by pattern. May be repeated."`
	List    bool     `help:"List the selected cases and run none."`

	Agent   agentName `placeholder:"NAME" help:"Name of the client in the report (default: that of the command)."`
	Once    bool      `help:"Start the command once for all cases: {} is the URL of the fuzzing server, and the URLs of the cases come on standard input, a line each when the one before was opened and is over. Some come again at the end."`
	Timeout span      `placeholder:"TIME" help:"How long each start may take (30s; 1h with --once)."`

	Out   string `default:"reports/clients" placeholder:"DIR" help:"Where to write the report (${default}). One that is there is added to."`
	Judge string `enum:"rfc,autobahn" default:"${judge}" placeholder:"WHO" help:"Whose verdict decides what fails: rfc or autobahn (${default})."`
	sinkFlags
	shardFlag

	Jobs  number `short:"j" placeholder:"N" help:"Commands to run side by side (default: two for each processor)."`
	Quick bool   `help:"Send 20 messages instead of 1,000 in the loops of sections 12 and 13, and do not idle for 35 s."`
	waitFlags
	dialectFlag
	http2Flag
}

// Run starts the command for the cases.
func (c *driveCmd) Run(e *env) error {
	config, err := c.configure()
	if err != nil {
		return usage(err)
	}
	cases, err := plan(wsproto.Client, &config.Config)
	switch {
	case err != nil:
		return usage(err)
	case c.List:
		return list(e.stdout, cases, false)
	case len(cases) == 0:
		return usage(errors.New("no case is selected: see --list for their names"))
	}
	ctx, stop := interruptible(e.ctx)
	defer stop()
	meter := newCaseMeter(e.stderr, len(cases))
	config.Progress = meter.add
	var shown outputs
	config.Shown = shown.add
	r, err := drive.Run(ctx, config)
	meter.done()
	if r == nil {
		return usage(err)
	}
	shown.print(e, c.Verbose)
	if err != nil {
		err = usage(err)
	}
	return c.finish(e, r, err)
}

// configure makes a configuration of the flags, and checks them.
func (c *driveCmd) configure() (*drive.Config, error) {
	if err := c.prepare(); err != nil {
		return nil, err
	}
	command := c.Command
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	switch {
	case len(command) == 0:
		return nil, errors.New("no command: give that of the client, such as 'python3 client.py {}'")
	case c.Once && c.Jobs > 1:
		return nil, errors.New("--jobs: with --once the command is started once")
	}
	if err := c.checkFiles("--out", c.Out); err != nil {
		return nil, err
	}
	d, err := c.dialect()
	if err != nil {
		return nil, err
	}
	return &drive.Config{
		Config: engine.Config{
			Cases: c.Cases, Exclude: c.Exclude, Jobs: int(c.Jobs), Settle: c.Settle.duration(), Patience: c.Patience.duration(), Quick: c.Quick, Shard: c.Shard,
			Judge: report.Judge(c.Judge), ReportDir: c.Out, Dialect: d, Carrier: c.carrier(),
		},
		Command: command, Agent: string(c.Agent), Once: c.Once, Timeout: c.Timeout.duration(),
	}, nil
}

// outputs are what the command printed in cases that failed.
type outputs struct {
	first []output
	more  int
}

type output struct {
	id, reason string
	text       []byte
}

// The bounds of what is shown.
const (
	maxOutputs     = 500
	defaultOutputs = 5
	outputLines    = 20
)

func (o *outputs) add(r *report.Result, text []byte) {
	if len(o.first) == maxOutputs {
		o.more++
		return
	}
	out := output{text: text}
	if r != nil {
		out.id = r.Case.ID
		out.reason = r.RFC.Reason
	}
	o.first = append(o.first, out)
}

// print prints them, a line as a line, with nothing in them that could move a
// terminal's cursor.
func (o *outputs) print(e *env, all bool) {
	show := o.first
	if !all {
		show = show[:min(len(show), defaultOutputs)]
	}
	for _, out := range show {
		fmt.Fprintf(e.stderr, "%s\n", out.title())
		for _, line := range lastLines(out.text) {
			quoted := strconv.Quote(string(line))
			fmt.Fprintf(e.stderr, "  | %s\n", quoted[1:len(quoted)-1])
		}
	}
	if left := len(o.first) - len(show) + o.more; left > 0 {
		fmt.Fprintf(e.stderr, "and %d more that failed (--verbose shows them)\n", left)
	}
}

// title says what an output is of.
func (o *output) title() string {
	title := "the command printed"
	if o.id != "" {
		title = o.id + " failed"
		if o.reason != "" {
			title += ": " + o.reason
		}
		title += "; the command printed"
	}
	if len(bytes.TrimSpace(o.text)) == 0 {
		return title + " nothing"
	}
	return title + ":"
}

func lastLines(text []byte) [][]byte {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return nil
	}
	lines := bytes.Split(text, []byte("\n"))
	return lines[max(0, len(lines)-outputLines):]
}
