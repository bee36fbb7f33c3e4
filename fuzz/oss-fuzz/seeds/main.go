// Command seeds writes what the engines of OSS-Fuzz find beside a target: for
// each target of package fuzz, FuzzX_seed_corpus.zip with its seeds and FuzzX.dict
// with the words of the dictionary. The same files come out each time.
//
//	go run ./fuzz/oss-fuzz/seeds           # prints the targets
//	go run ./fuzz/oss-fuzz/seeds FOLDER    # writes their files
package main

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/wscheck/wscheck/fuzz"
	"github.com/wscheck/wscheck/internal/raw"
	"github.com/wscheck/wscheck/internal/seedzip"
	"github.com/wscheck/wscheck/internal/wholefile"
)

//go:embed fuzz.dict
var dictionary []byte

func main() {
	var err error
	switch len(os.Args) {
	case 1:
		for _, target := range fuzz.Targets() {
			fmt.Println(target)
		}
	case 2:
		err = write(os.Args[1])
	default:
		fmt.Fprintln(os.Stderr, "usage: seeds [FOLDER]")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "seeds:", err)
		os.Exit(2)
	}
}

// write writes the files of all targets into a folder that exists.
func write(folder string) error {
	for _, target := range fuzz.Targets() {
		zip, err := seedzip.Write(files(fuzz.Seeds(target)))
		if err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
		if err := wholefile.Write(filepath.Join(folder, target+"_seed_corpus.zip"), zip); err != nil {
			return err
		}
		if err := wholefile.Write(filepath.Join(folder, target+".dict"), dictionary); err != nil {
			return err
		}
	}
	return nil
}

// files names seeds by their content, as such corpora have it.
func files(seeds [][]byte) []raw.File {
	list := make([]raw.File, len(seeds))
	for i, seed := range seeds {
		sum := sha256.Sum256(seed)
		list[i] = raw.File{Name: hex.EncodeToString(sum[:8]), Octets: seed}
	}
	return list
}
