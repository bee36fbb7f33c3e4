package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/wholefile"
)

type corpusFmtCmd struct {
	Paths []string `arg:"" name:"path" help:"Entries, or folders of them."`

	List  bool `short:"l" help:"List the files that are not in canonical form; exit code 1 if there are any."`
	Write bool `short:"w" help:"Write the canonical form into the files."`
	Diff  bool `short:"d" help:"Print the lines that differ; exit code 1 if there are any."`
}

// Run formats entries: all are read before any is written.
func (c *corpusFmtCmd) Run(e *env) error {
	files, err := entryFiles(c.Paths)
	if err != nil {
		return usage(err)
	}
	type formatted struct {
		path        string
		was, wanted []byte
	}
	var all []formatted
	for _, path := range files {
		was, err := readFile(path, maxSaved)
		if err != nil {
			return usage(err)
		}
		entry, err := corpus.Parse(path, was)
		if err != nil {
			return usage(err)
		}
		all = append(all, formatted{path, was, entry.Format()})
	}
	differ := false
	for _, f := range all {
		same := bytes.Equal(f.was, f.wanted)
		differ = differ || !same
		switch {
		case !c.List && !c.Write && !c.Diff:
			if _, err := e.stdout.Write(f.wanted); err != nil {
				return err
			}
			continue
		case same:
			continue
		}
		if c.List {
			fmt.Fprintln(e.stdout, f.path)
		}
		if c.Diff {
			fmt.Fprintf(e.stdout, "--- %s\n+++ %s, in canonical form\n%s", f.path, f.path, lineDiff(f.was, f.wanted))
		}
		if c.Write {
			if err := wholefile.Write(f.path, f.wanted); err != nil {
				return usage(err)
			}
		}
	}
	if differ && (c.List || c.Diff) && !c.Write {
		return &exitError{code: exitFailed}
	}
	return nil
}

// entryFiles returns the files of entries among paths, and in the folders among
// them.
func entryFiles(paths []string) (files []string, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return nil, err
		case !info.IsDir():
			files = append(files, path)
			continue
		}
		found, err := filepath.Glob(filepath.Join(globSafe(path), "*"+corpus.Extension))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: no file in it ends in %s", path, corpus.Extension)
		}
		files = append(files, found...)
	}
	return files, nil
}

// globSafe has Glob take a path as it is.
func globSafe(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// lineDiff returns the lines that are taken out (-) and put in (+), between those
// that both texts begin and end with.
func lineDiff(was, wanted []byte) string {
	a, b := slices.Collect(bytes.Lines(was)), slices.Collect(bytes.Lines(wanted))
	for len(a) > 0 && len(b) > 0 && bytes.Equal(a[0], b[0]) {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && bytes.Equal(a[len(a)-1], b[len(b)-1]) {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	var out strings.Builder
	for _, line := range a {
		fmt.Fprintf(&out, "-%s\n", bytes.TrimSuffix(line, []byte("\n")))
	}
	for _, line := range b {
		fmt.Fprintf(&out, "+%s\n", bytes.TrimSuffix(line, []byte("\n")))
	}
	return out.String()
}
