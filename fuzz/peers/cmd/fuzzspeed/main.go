// Command fuzzspeed compares the executions a second that go test -fuzz reaches
// with a target that judges conversations with a library and with one that only
// starts the library on the same octets. It runs both in turn, each from nothing,
// and prints the rates in the second half of the time, when the engine no longer
// finds new coverage all the time.
//
//	go run ./cmd/fuzzspeed -library gorilla -time 60s -rounds 3
//	go run ./cmd/fuzzspeed -lean -parallel 2
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/wscheck/wscheck/fuzz/peers/speed"
)

func main() {
	library := flag.String("library", "gobwas", "the library")
	limit := flag.Duration("time", time.Minute, "time of a run")
	rounds := flag.Int("rounds", 1, "runs of each target; the medians are compared")
	lean := flag.Bool("lean", false, "build with -toolexec lean, of the package fuzz/lean")
	workers := flag.Int("parallel", 1, "processes that fuzz")
	flag.Parse()
	if flag.NArg() > 0 || *rounds < 1 || *limit < 10*time.Second {
		fmt.Fprintln(os.Stderr, "fuzzspeed: want no arguments, one round or more, and 10s or more")
		os.Exit(2)
	}
	if err := compare(*library, *limit, *rounds, *workers, *lean); err != nil {
		fmt.Fprintln(os.Stderr, "fuzzspeed:", err)
		os.Exit(2)
	}
}

// compare runs both targets and prints what they reach.
func compare(library string, limit time.Duration, rounds, workers int, lean bool) error {
	dir, err := os.MkdirTemp("", "fuzzspeed-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "speed.test")
	// With -fuzz the build has the instruments by which the engine goes.
	args := []string{"test", "-c", "-fuzz", "Fuzz", "-o", binary}
	if lean {
		tool := filepath.Join(dir, "lean")
		if out, err := exec.Command("go", "build", "-o", tool, "github.com/wscheck/wscheck/fuzz/lean").CombinedOutput(); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		args = append(args, "-toolexec", tool)
	}
	build := exec.Command("go", append(args, "github.com/wscheck/wscheck/fuzz/peers/speed")...)
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	targets := []string{"FuzzAlone", "FuzzJudged"}
	rates := map[string][]float64{}
	for round := range rounds {
		for _, target := range targets {
			cmd := exec.Command(binary, "-test.run=^$", "-test.fuzz=^"+target+"$", "-test.fuzztime="+limit.String(),
				"-test.fuzzminimizetime=1x", "-test.parallel="+strconv.Itoa(workers),
				"-test.fuzzcachedir="+filepath.Join(dir, fmt.Sprint(target, round)))
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), speed.Variable+"="+library)
			out, err := cmd.CombinedOutput()
			if err != nil {
				return fmt.Errorf("%s: %w\n%s", target, err, out)
			}
			r, err := rate(out, limit/2)
			if err != nil {
				return fmt.Errorf("%s: %w\n%s", target, err, out)
			}
			rates[target] = append(rates[target], r)
			fmt.Printf("%-10s %8.0f executions/s\n", target, r)
		}
	}
	alone, judged := median(rates[targets[0]]), median(rates[targets[1]])
	fmt.Printf("%s: judged %.0f, alone %.0f executions/s: %.2f\n", library, judged, alone, judged/alone)
	return nil
}

var progress = regexp.MustCompile(`(?m)^fuzz: elapsed: (\S+), execs: (\d+) `)

// rate returns the executions a second from a moment on, by what the engine
// prints as it goes.
func rate(out []byte, from time.Duration) (float64, error) {
	var first, last struct {
		at    time.Duration
		execs float64
	}
	for _, m := range progress.FindAllSubmatch(out, -1) {
		at, err := time.ParseDuration(string(m[1]))
		if err != nil {
			return 0, err
		}
		execs, err := strconv.ParseFloat(string(m[2]), 64)
		if err != nil {
			return 0, err
		}
		if at <= from || first.execs == 0 {
			first.at, first.execs = at, execs
		}
		last.at, last.execs = at, execs
	}
	if last.at <= first.at {
		return 0, errors.New("the engine has not reported its progress")
	}
	return (last.execs - first.execs) / (last.at - first.at).Seconds(), nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
