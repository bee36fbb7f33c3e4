// Command load measures whether a busy machine changes a verdict. It plays a selection of cases many times against
// each library, with some number of busy processes beside it, and compares each case's RFC outcome, behavior and
// behaviorClose with those of a quiet machine.
//
//	go run ./cmd/load -lib gobwas,gorilla,coder,ws -runs 20 -busy 0,8,50
//	go run ./cmd/load -lib gobwas -runs 5 -busy 50 -cases '*'
//
// The reference of a case is the verdict that most of the first quiet runs gave; they count as no run. Each library is
// served by a process of its own: wsecho, or for "ws" and "websockets" the echoes of the folder other, which run in
// the interpreters that WSCHECK_NODE and WSCHECK_PYTHON name.
//
// It prints a line for each library and number of busy processes, and then each case that differed. The exit code is
// 1 where a case differed that is not known to race in Autobahn|Testsuite too, and 2 for wrong usage or where it could
// not measure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/wscheck/wscheck/internal/engine"
)

// Bounds on what a user may ask for.
const (
	maxRuns = 10_000
	maxBusy = 1_000
)

func main() {
	if os.Getenv(busyVariable) != "" {
		beBusy(os.Stdin)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// plan is what is measured.
type plan struct {
	libraries []string
	busy      []int // numbers of busy processes
	runs      int   // for each library and number of busy processes
	quiet     int   // runs that the reference is made from
	config    engine.Config
	verbose   bool
}

// run is the command: it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	p, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	differs := false
	if err == nil {
		differs, err = p.measure(ctx, stdout, stderr)
	}
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "load:", err)
		return 2
	case differs:
		return 1
	}
	return 0
}

// parse reads the flags.
func parse(args []string, stderr io.Writer) (*plan, error) {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are returned
	libraries := flags.String("lib", "gobwas,gorilla,coder", "the libraries, by the `names` of wsecho -list, ws and websockets")
	busy := flags.String("busy", "0,8,50", "the `numbers` of busy processes")
	runs := flags.Int("runs", 20, "runs for each library and number of busy processes")
	quiet := flags.Int("quiet", 3, "quiet runs that the reference is made from")
	cases := flags.String("cases", "1.*,2.*,3.*,4.*,5.*,6.*,7.*,10.*", "the cases, by `patterns` with commas between them")
	exclude := flags.String("exclude", "", "cases to leave out, by `patterns`")
	jobs := flags.Int("jobs", 0, "how many cases run side by side (0: what suits the machine)")
	full := flags.Bool("no-quick", false, "play the loops of sections 12 and 13 in full length")
	verbose := flags.Bool("v", false, "print each run as it ends, with what differed")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stderr)
		flags.Usage()
		return nil, err
	} else if err != nil {
		return nil, err
	}
	switch {
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case *runs < 1 || *runs > maxRuns:
		return nil, fmt.Errorf("-runs: %d is not in 1 to %d", *runs, maxRuns)
	case *quiet < 1 || *quiet > maxRuns:
		return nil, fmt.Errorf("-quiet: %d is not in 1 to %d", *quiet, maxRuns)
	case *jobs < 0:
		return nil, fmt.Errorf("-jobs: %d is less than 0", *jobs)
	}
	p := &plan{
		libraries: list(*libraries), runs: *runs, quiet: *quiet, verbose: *verbose,
		config: engine.Config{Cases: list(*cases), Exclude: list(*exclude), Jobs: *jobs, Quick: !*full},
	}
	for _, name := range p.libraries {
		if _, err := find(name); err != nil {
			return nil, fmt.Errorf("-lib: %w", err)
		}
	}
	for _, text := range list(*busy) {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > maxBusy {
			return nil, fmt.Errorf("-busy: %q is not a number in 0 to %d", text, maxBusy)
		}
		p.busy = append(p.busy, n)
	}
	if len(p.libraries) == 0 || len(p.busy) == 0 {
		return nil, errors.New("-lib and -busy need a value each")
	}
	return p, nil
}

// list splits a value at its commas. It returns nil for "".
func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
