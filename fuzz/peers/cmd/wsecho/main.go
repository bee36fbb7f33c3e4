// Command wsecho runs an echo server or an echo client made with a released WebSocket library, for a test kit to run
// against.
//
//	wsecho -list                              names the libraries
//	wsecho -lib NAME [-listen ADDRESS]        serves, and prints "listening on HOST:PORT" once it can be reached
//	wsecho -lib NAME -connect ws://HOST:PORT  connects once, and ends with the connection
//	wsecho -lib NAME -suite ws://HOST:PORT    connects for each case of a fuzzing server, and asks for its report
//
// Where -listen is not given, the address is 127.0.0.1 with the port of the environment variable PORT, or a free one.
// An interrupt ends it. The exit code is 0, 1 where it could not listen or the connection did not end with a close
// frame, or 2 for wrong usage.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"

	"github.com/wscheck/wscheck/fuzz/peers"
	"github.com/wscheck/wscheck/internal/wsurl"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// usageError is an error in how the command was called.
type usageError struct{ error }

// run is the command: it returns the exit code, and early where ctx ends.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	err := command(ctx, args, getenv, stdout, stderr)
	if err == nil || errors.Is(err, flag.ErrHelp) || ctx.Err() != nil {
		return 0
	}
	fmt.Fprintln(stderr, "wsecho:", err)
	if _, usage := err.(usageError); usage {
		return 2
	}
	return 1
}

// command parses the flags and does what they say.
func command(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("wsecho", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are returned
	name := flags.String("lib", "", "the library's `name`")
	list := flags.Bool("list", false, "list the libraries")
	address := flags.String("listen", "", "serve on this `address` (default 127.0.0.1:$PORT, or a free port)")
	target := flags.String("connect", "", "connect to this `URL` instead of serving")
	fuzzer := flags.String("suite", "", "run all cases of the fuzzing server at this `URL`")
	agent := flags.String("agent", "", "with -suite, the client's `name` in the report (default: the library's)")
	jobs := flags.Int("jobs", 1, "with -suite, how many cases run side by side")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stderr)
		flags.Usage()
		return err
	} else if err != nil {
		return usageError{err}
	}
	switch {
	case flags.NArg() > 0:
		return usageError{fmt.Errorf("unexpected argument %q", flags.Arg(0))}
	case *list:
		return printLibraries(stdout)
	case *name == "":
		return usageError{errors.New("which library? -lib takes a name of -list")}
	case *address != "" && *target != "", *address != "" && *fuzzer != "", *target != "" && *fuzzer != "":
		return usageError{errors.New("-listen, -connect and -suite exclude each other")}
	case *jobs < 1:
		return usageError{fmt.Errorf("-jobs: %d is less than 1", *jobs)}
	}
	lib, err := peers.Find(*name)
	if err != nil {
		return usageError{err}
	}
	if to := cmp.Or(*target, *fuzzer); to != "" {
		if u, err := wsurl.Parse(to); err != nil || u.Scheme != "ws" {
			return usageError{fmt.Errorf("%q is not a URL of the form ws://HOST[:PORT][/PATH]", to)}
		}
	}
	if *target != "" {
		return connect(ctx, lib, *target)
	}
	if *fuzzer != "" {
		return suite(ctx, lib, *fuzzer, cmp.Or(*agent, lib.Name), *jobs, stderr)
	}
	return serve(ctx, lib, cmp.Or(*address, net.JoinHostPort("127.0.0.1", cmp.Or(getenv("PORT"), "0"))), stdout)
}

// printLibraries prints a line for each library: name, module path and version.
func printLibraries(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, lib := range peers.All() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", lib.Name, lib.Module, cmp.Or(lib.Version, "unknown"))
	}
	return table.Flush()
}

// serve serves on the address until ctx ends.
func serve(ctx context.Context, lib peers.Library, address string, stdout io.Writer) error {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	if _, err := fmt.Fprintln(stdout, "listening on", ln.Addr()); err != nil {
		return err
	}
	return peers.Serve(ln, lib)
}

// connect connects to the URL and returns when the connection has ended.
func connect(ctx context.Context, lib peers.Library, target string) error {
	return lib.Client(ctx, new(net.Dialer).DialContext, target)
}
