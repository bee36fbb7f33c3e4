// Command fuzzspeed compares two fuzz targets: one judges conversations with a library,
// and one only starts the library in a bubble, on the same octets. It prints how many
// executions each reaches in a second of processor time, as the machine may have more to
// do. It runs both in turn, from the same inputs, and leaves out what a process takes to
// start. The one that judges has one processor, as all such targets, and the other one
// those of the machine: GOMAXPROCS=1 in the environment is for both.
//
//	go run ./cmd/fuzzspeed -library gorilla -executions 50000 -rounds 5
//	go run ./cmd/fuzzspeed -all
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/wscheck/wscheck/fuzz/peers"
	"github.com/wscheck/wscheck/fuzz/peers/speed"
)

func main() {
	library := flag.String("library", "gobwas", "the library")
	executions := flag.Int("executions", 30_000, "executions of a run")
	rounds := flag.Int("rounds", 3, "runs of each target; the medians are compared")
	all := flag.Bool("all", false, "count in all packages, as go test -fuzz does, and not in the library alone")
	flag.Parse()
	if flag.NArg() > 0 || *rounds < 1 || *executions < 1000 {
		fmt.Fprintln(os.Stderr, "fuzzspeed: want no arguments, one round or more, and 1000 executions or more")
		os.Exit(2)
	}
	if err := compare(*library, *executions, *rounds, *all); err != nil {
		fmt.Fprintln(os.Stderr, "fuzzspeed:", err)
		os.Exit(2)
	}
}

const (
	alone  = "FuzzAlone"
	judged = "FuzzJudged"
)

// compare runs both targets and prints what they reach.
func compare(library string, executions, rounds int, all bool) error {
	lib, err := peers.Find(library)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "fuzzspeed-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "speed.test")
	counters := []string{"-gcflags=" + lib.Module + "/...=-d=libfuzzer"}
	if all {
		counters = []string{"-fuzz", "Fuzz"}
	}
	args := append([]string{"test", "-c", "-o", binary}, counters...)
	if out, err := exec.Command("go", append(args, "github.com/wscheck/wscheck/fuzz/peers/speed")...).CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	fuzz := func(target, cache string, executions int) (time.Duration, error) {
		cmd := exec.Command(binary, "-test.run=^$", "-test.fuzz=^"+target+"$", "-test.fuzztime="+strconv.Itoa(executions)+"x",
			"-test.fuzzminimizetime=1x", "-test.parallel=1", "-test.fuzzcachedir="+cache)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), speed.Variable+"="+library)
		out, err := cmd.CombinedOutput()
		switch {
		case err != nil:
			return 0, fmt.Errorf("%s: %w\n%s", target, err, out)
		case bytes.Contains(out, []byte("coverage guidance")):
			return 0, fmt.Errorf("%s: no counters\n%s", target, out)
		}
		return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
	}
	inputs := filepath.Join(dir, "inputs")
	if _, err := fuzz(judged, inputs, executions); err != nil {
		return err
	}
	rates := map[string][]float64{}
	for round := range rounds {
		for _, target := range []string{alone, judged} {
			cache := filepath.Join(dir, target+strconv.Itoa(round))
			if err := os.CopyFS(filepath.Join(cache, target), os.DirFS(filepath.Join(inputs, judged))); err != nil {
				return err
			}
			start, err := fuzz(target, cache, 1)
			if err != nil {
				return err
			}
			took, err := fuzz(target, cache, executions)
			if err != nil {
				return err
			}
			r := float64(executions) / (took - start).Seconds()
			rates[target] = append(rates[target], r)
			fmt.Printf("%-10s %6.0f executions/s\n", target, r)
		}
	}
	a, j := median(rates[alone]), median(rates[judged])
	fmt.Printf("%s: judged %.0f, alone %.0f executions/s: %.2f\n", library, j, a, j/a)
	return nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
