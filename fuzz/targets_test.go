package fuzz

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTargets holds the list of targets against the sources, and these to what the
// builder of OSS-Fuzz can take: one target in a file, named as no other begins,
// with a parameter f.
func TestTargets(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		inFile := 0
		for _, name := range fuzzFunctions(t, file) {
			found = append(found, name)
			inFile++
		}
		if inFile > 1 {
			t.Errorf("%s has %d targets: make it one file for each", file, inFile)
		}
	}
	slices.Sort(found)
	if !slices.Equal(found, Targets()) {
		t.Errorf("the sources have %q, and the list has %q: add or remove them in targets.go", found, Targets())
	}
	for _, a := range found {
		for _, b := range found {
			if a != b && strings.HasPrefix(a, b) {
				t.Errorf("%s begins with %s: the builder finds a function by searching for its name", a, b)
			}
		}
	}
}

// fuzzFunctions returns the names of the targets in a file.
func fuzzFunctions(t *testing.T, path string) (names []string) {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Fuzz") {
			continue
		}
		names = append(names, f.Name.Name)
		if line := "func " + f.Name.Name + "(f *testing.F) {"; strings.Count(string(source), line) != 1 {
			t.Errorf("%s: want %q", path, line)
		}
	}
	return names
}

func TestSeeds(t *testing.T) {
	for _, target := range Targets() {
		seeds := Seeds(target)
		if len(seeds) == 0 || len(seeds) > maxSeeds {
			t.Errorf("%s has %d seeds, want 1 to %d", target, len(seeds), maxSeeds)
		}
		for _, seed := range seeds {
			if len(seed) == 0 || len(seed) > maxSeed {
				t.Errorf("%s has a seed of %d octets", target, len(seed))
			}
		}
	}
	if Seeds("FuzzNothing") != nil {
		t.Error("an unknown target has seeds")
	}
}
