// Command gofuzz plays the octets that fuzzers collected with every library, and prints which clauses each of them breaks.
//
//	gofuzz [-frames] ../../../go-fuzz-corpus
//	gofuzz [-frames] FILE-OR-FOLDER
//
// A folder that holds websocketserver and websocketclient is taken for github.com/dvyukov/go-fuzz-corpus; anything else is
// read as wscheck corpus import does. Each conversation runs in memory, in a bubble of testing/synctest.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/fuzz/peers"
	"github.com/wscheck/wscheck/internal/convert"
)

func main() {
	testing.Init()
	frames := flag.Bool("frames", false, "play the octets after a correct opening handshake")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: gofuzz [-frames] FILE-OR-FOLDER")
		os.Exit(2)
	}
	entries, err := read(flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "gofuzz:", err)
		os.Exit(2)
	}
	how := peers.AsStream
	if *frames {
		how = peers.AsFrames
	}
	// Package synctest wants a test around every bubble, and Main is how a program other than go test's has one. It ends
	// the program.
	testing.Main(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{
		Name: "gofuzz",
		F: func(t *testing.T) {
			if err := play(t, entries, how); err != nil {
				fmt.Fprintln(os.Stderr, "gofuzz:", err)
				os.Exit(1)
			}
			os.Exit(0)
		},
	}}, nil, nil)
}

// read reads the entries.
func read(path string) ([]*corpus.Entry, error) {
	entries, err := convert.GoFuzzCorpus(path)
	if errors.Is(err, fs.ErrNotExist) {
		return convert.Read(path, convert.Options{})
	}
	return entries, err
}

// play plays them with each library and prints the table.
func play(t *testing.T, entries []*corpus.Entry, how peers.Octets) error {
	var tallies []peers.Tally
	for _, lib := range peers.All() {
		some, err := lib.Play(t, entries, how, nil)
		if err != nil {
			return err
		}
		tallies = append(tallies, some...)
	}
	return peers.WriteTallies(os.Stdout, tallies)
}
