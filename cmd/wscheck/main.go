// Command wscheck tests WebSocket implementations: it plays every case of its
// catalogue with a server or a client in any language, judges what it sees,
// and writes a report.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/willabides/kongplete"

	"github.com/wscheck/wscheck/internal/engine"
)

// Exit codes, the same for all commands.
const (
	exitOK          = 0
	exitFailed      = 1 // a case failed
	exitUsage       = 2 // a flag, a file or a URL makes no sense
	exitUnreachable = 3 // a peer could not be reached
)

// cli is the command line.
type cli struct {
	Client  clientCmd  `cmd:"" help:"Test WebSocket servers."`
	Server  serverCmd  `cmd:"" help:"Test WebSocket clients."`
	Fuzz    fuzzCmd    `cmd:"" help:"Play random conversations with a server or a client."`
	Learn   learnCmd   `cmd:"" help:"Learn the state machine of a server or a client, and compare two."`
	Replay  replayCmd  `cmd:"" help:"Play what fuzz has found again."`
	Drive   driveCmd   `cmd:"" help:"Test a WebSocket client that a command starts, case by case."`
	Wstest  wstestCmd  `cmd:"" help:"Do what Autobahn|Testsuite's wstest does, by its command line."`
	Echo    echoCmd    `cmd:"" help:"Run the conforming echo server that the suite is tested with."`
	Vary    varyCmd    `cmd:"" help:"Play a recorded conversation again with other framing: do equal messages have equal answers?"`
	Matrix  matrixCmd  `cmd:"" help:"Test many servers and clients that text files describe, in one report."`
	Pairs   pairsCmd   `cmd:"" help:"Have clients and servers that text files describe exchange messages, with the judge between them."`
	Mutants mutantsCmd `cmd:"" help:"Examine endpoints that are known to be wrong: is every fault found?"`
	Report  reportCmd  `cmd:"" help:"Show a report again, or make one of those of several machines."`
	Corpus  corpusCmd  `cmd:"" help:"List, show and convert conversations that are known to find flaws."`
	Judge   judgeCmd   `cmd:"" help:"Judge conversations that are over: saved traces and captures."`
	Clauses clausesCmd `cmd:"" help:"Print the clauses that are judged."`
	Version versionCmd `cmd:"" help:"Print the version."`

	Man        manCmd        `cmd:"" help:"Print the manual page: wscheck man >wscheck.1."`
	Completion completionCmd `cmd:"" help:"Print what makes a shell complete this command line."`

	VersionFlag kong.VersionFlag `name:"version" help:"Print the version."`
}

// env is what a command may touch of the world around it.
type env struct {
	ctx            context.Context
	stdout, stderr *os.File
	wstest         bool // the command line is that of wstest, which has no -v
}

// exitError is an error with an exit code of its own.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usage marks an error as one that the user can fix.
func usage(err error) error { return &exitError{exitUsage, err} }

// memoryGoal is the size from which on the garbage collector works harder, and
// bulkGoal that of a run with the cases of sections 12 and 13, whose compressors
// take more. They are not bounds: a run needs much less.
const (
	memoryGoal = 72 << 20
	bulkGoal   = 176 << 20
)

func setMemoryGoal(octets int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(octets)
	}
}

func main() {
	setMemoryGoal(memoryGoal)
	os.Exit(run(arguments(os.Args), os.Stdout, os.Stderr))
}

// newParser returns the parser of the command line. It calls exit after a flag that prints
// something and ends, such as --help.
func newParser(stdout io.Writer, exit func(int)) *kong.Kong {
	parser, err := kong.New(new(cli),
		kong.Name("wscheck"),
		kong.Description("Tests WebSocket implementations against RFC 6455 and RFC 7692."),
		kong.Vars{
			"urls": engine.URLForms, "dialects": dialectNames(), "judge": string(engine.DefaultJudge), "wstestModes": wstestModeNames(), "version": versionLine(),
		},
		kong.Writers(stdout, io.Discard),
		kong.Exit(exit),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		panic(err) // the declarations of cli are wrong
	}
	return parser
}

func run(args []string, stdout, stderr *os.File) int {
	return runFor(false, args, stdout, stderr)
}

// runFor is run, where wstest says whose command line the user knows.
func runFor(wstest bool, args []string, stdout, stderr *os.File) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	help := false
	parser := newParser(stdout, func(int) { help = true })
	kongplete.Complete(parser) // only where a shell asks: see completionCmd
	if help {
		return exitOK
	}
	k, err := parser.Parse(args)
	switch {
	case help:
		return exitOK
	case err == nil:
		err = checkEmpty(k)
	}
	if err != nil {
		fmt.Fprintf(stderr, "wscheck: %s (see wscheck %s--help)\n", plainly(err), command(k, err))
		return exitUsage
	}
	return explain(stderr, k.Run(&env{ctx: ctx, stdout: stdout, stderr: stderr, wstest: wstest}))
}

// What the parser says of a flag without a value, and of one whose value looks like a
// flag.
var (
	noValue   = regexp.MustCompile(`^(--\S+): expected \S+ value but got "EOL" \(<EOL>\)$`)
	flagValue = regexp.MustCompile(`^(--\S+): expected \S+ value but got "(.*)" \(.*flag\); perhaps try .*$`)
)

// plainly is what a parse error says.
func plainly(err error) string {
	text := noValue.ReplaceAllString(err.Error(), "$1: it needs a value")
	return flagValue.ReplaceAllString(text, `$1: it needs a value, and "$2" is a flag`)
}

// command names the command that a parse error is about, for the hint.
func command(k *kong.Context, err error) string {
	var p *kong.ParseError
	if k == nil && errors.As(err, &p) {
		k = p.Context
	}
	if k == nil || k.Command() == "" {
		return ""
	}
	var names []string
	for word := range strings.FieldsSeq(k.Command()) {
		if !strings.HasPrefix(word, "<") && !strings.HasPrefix(word, "[") {
			names = append(names, word)
		}
	}
	return strings.Join(names, " ") + " "
}

// explain prints an error as one line, and returns the exit code for it.
func explain(stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	if text := err.Error(); text != "" {
		for line := range strings.SplitSeq(text, "\n") {
			fmt.Fprintf(stderr, "wscheck: %s\n", line)
		}
	}
	var unreachable *engine.UnreachableError
	var exit *exitError
	switch {
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &unreachable):
		return exitUnreachable
	}
	return exitUsage
}
