package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/testseeds"
)

func TestMain(m *testing.M) {
	if os.Getenv(busyVariable) != "" {
		beBusy(os.Stdin)
		return
	}
	os.Exit(m.Run())
}

func TestUsage(t *testing.T) {
	for _, test := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{[]string{"-lib", "autobahn"}, 2, "gorilla+deflate"},
		{[]string{"-lib", ""}, 2, "-lib"},
		{[]string{"-busy", "0,many"}, 2, `"many"`},
		{[]string{"-busy", "-1"}, 2, `"-1"`},
		{[]string{"-busy", "1000000"}, 2, "1000"},
		{[]string{"-runs", "0"}, 2, "-runs"},
		{[]string{"-quiet", "0"}, 2, "-quiet"},
		{[]string{"-jobs", "-1"}, 2, "-jobs"},
		{[]string{"-speed", "9"}, 2, "-speed"},
		{[]string{"again"}, 2, `"again"`},
		{[]string{"-h"}, 0, "-busy numbers"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), test.args, &stdout, &stderr)
			if code != test.code || !strings.Contains(stderr.String(), test.stderr) || stdout.Len() > 0 {
				t.Errorf("exit code %d, stdout %q, stderr %q; want exit code %d and stderr with %q",
					code, &stdout, &stderr, test.code, test.stderr)
			}
		})
	}
}

// runsOf makes runs of one second, 2, 3, … with these verdicts.
func runsOf(verdicts ...map[string]string) []played {
	var runs []played
	for i, v := range verdicts {
		runs = append(runs, played{v, time.Duration(i+1) * time.Second})
	}
	return runs
}

func TestMostFrequent(t *testing.T) {
	got := mostFrequent(runsOf(
		map[string]string{"a": "pass", "b": "slow"},
		map[string]string{"a": "slow", "b": "pass"},
		map[string]string{"a": "slow", "b": "pass"},
	))
	if len(got) != 2 || got["a"] != "slow" || got["b"] != "pass" {
		t.Errorf("%v", got)
	}
}

// TestPrint demands a line for each number of busy processes and for each difference. A race alone is not a difference.
func TestPrint(t *testing.T) {
	reference := map[string]string{"autobahn/1.1.1": "pass OK OK", "autobahn/7.1.6": "pass INFORMATIONAL INFORMATIONAL"}
	raced := map[string]string{"autobahn/1.1.1": "pass OK OK", "autobahn/7.1.6": "allowed INFORMATIONAL INFORMATIONAL"}
	rows := []row{{"gobwas", 0, runsOf(reference, raced), nil}}
	rows[0].differ = compare("gobwas", reference, rows[0].runs)
	if len(rows[0].differ) != 1 || differs(rows) {
		t.Errorf("the race alone: %+v", rows)
	}
	runs := runsOf(raced, map[string]string{"autobahn/7.1.6": "violation INFORMATIONAL INFORMATIONAL"}, reference)
	rows = append(rows, row{"gobwas", 50, runs, compare("gobwas", reference, runs)})
	if !differs(rows) {
		t.Errorf("a violation and a case that was not played: %+v", rows[1])
	}
	var out bytes.Buffer
	if err := print(&out, rows); err != nil {
		t.Fatal(err)
	}
	const want = `library  busy  runs  cases  differing cases  runs with one  median s  longest s
gobwas   0     2     2      1                1              2.00      2.00
gobwas   50    3     2      2                2              2.00      3.00
gobwas, 0 busy: autobahn/7.1.6: allowed INFORMATIONAL INFORMATIONAL in 1 of 2 runs, want pass INFORMATIONAL INFORMATIONAL; a race in the original too: the server leaves the ping after the close frame unread, so that it resets TCP, and the reset can overtake the echo
gobwas, 50 busy: autobahn/1.1.1: not played in 1 of 3 runs, want pass OK OK
gobwas, 50 busy: autobahn/7.1.6: allowed INFORMATIONAL INFORMATIONAL in 1 of 3 runs, want pass INFORMATIONAL INFORMATIONAL; a race in the original too: the server leaves the ping after the close frame unread, so that it resets TCP, and the reset can overtake the echo
gobwas, 50 busy: autobahn/7.1.6: violation INFORMATIONAL INFORMATIONAL in 1 of 3 runs, want pass INFORMATIONAL INFORMATIONAL
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
}

// TestMeasure plays a few cases with a busy process beside them.
func TestMeasure(t *testing.T) {
	if !testseeds.All() && !testing.Short() {
		t.Skip("it keeps a processor busy: set WSCHECK_ALL, as .ci/run does")
	}
	var stdout, stderr bytes.Buffer
	args := []string{"-lib", "gobwas", "-busy", "0,1", "-runs", "1", "-quiet", "1", "-cases", "1.1.1,1.2.1", "-v"}
	if code := run(t.Context(), args, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s%s", code, &stdout, &stderr)
	}
	lines := strings.Split(stdout.String(), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[2], "gobwas   1     1     2      0") {
		t.Errorf("got\n%s", &stdout)
	}
	if !strings.Contains(stderr.String(), "gobwas, 1 busy: ") {
		t.Errorf("-v printed %q", &stderr)
	}
	stdout.Reset()
	if code := run(t.Context(), append(args, "-cases", "9.9.9"), &stdout, &stderr); code != 2 || stdout.Len() > 0 {
		t.Errorf("no case: exit code %d, %s", code, &stdout)
	}
}

// TestBusyProcessEndsWithItsParent closes the pipe that a dead parent leaves open.
func TestBusyProcessEndsWithItsParent(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), busyVariable+"=1")
	var pipe io.Closer
	pipe, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := pipe.Close(); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
}
