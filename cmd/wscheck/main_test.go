package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	if name := filepath.Base(os.Args[0]); strings.HasPrefix(name, "wscheck.test") {
		// Most scripts wait, and few of them at a time keep no processor busy.
		flag.Parse()
		_ = flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0)))
	}
	testscript.Main(m, map[string]func(){
		"wscheck":  func() { os.Exit(run(arguments(os.Args), os.Stdout, os.Stderr)) },
		wstestName: func() { os.Exit(run(arguments(os.Args), os.Stdout, os.Stderr)) },
	})
}

func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs hundreds of commands")
	}
	testscript.Run(t, testscript.Params{
		Dir:  "testdata",
		Cmds: scriptCommands,
		// Hundreds of commands that soon end have no use for a garbage collector.
		Setup: func(env *testscript.Env) error {
			env.Setenv("GOGC", "400")
			return nil
		},
	})
}

// scriptCommands are those that scripts have besides the usual ones.
var scriptCommands = map[string]func(*testscript.TestScript, bool, []string){"exitcode": exitCode}

// exitCode runs a command and checks its exit code: exitcode N COMMAND...
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode N command...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		if exit.ExitCode() != want {
			ts.Fatalf("exit code %d, want %d", exit.ExitCode(), want)
		}
	case err != nil:
		ts.Fatalf("%v", err)
	case want != 0:
		ts.Fatalf("exit code 0, want %d", want)
	}
}

func TestNoColor(t *testing.T) {
	for _, c := range []struct {
		noColor, term string
		want          bool
	}{{"", "xterm", true}, {"1", "xterm", false}, {"", "dumb", false}} {
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("TERM", c.term)
		if got := colorAllowed(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
