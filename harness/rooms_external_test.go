package harness_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"math/rand/v2"
	"path"
	"path/filepath"
	"slices"
	"testing"
)

// maxBackward bounds the pairs of files of a package in which the lower one calls the upper
// one, in the order of the files that has the fewest.
const maxBackward = 9

// TestCallsRunDown holds the largest packages to files that can be read in an order: nearly
// all calls go from a file to those below it.
func TestCallsRunDown(t *testing.T) {
	for _, p := range listPackages(t) {
		switch p.ImportPath {
		case modulePath + "/harness", modulePath + "/oracle", modulePath + "/internal/engine":
			calls := callsBetweenFiles(t, &p)
			backward := inOrder(p.GoFiles, calls)
			t.Logf("%s: %d files, %d pairs of them with calls, %d of those run back up: %q", p.ImportPath, len(p.GoFiles), len(calls), len(backward), backward)
			if len(backward) > maxBackward {
				t.Errorf("%s: the calls between %d pairs of files run back up, want at most %d: move functions to the files that use them", p.ImportPath, len(backward), maxBackward)
			}
		}
	}
}

// call is a file, and one with a function that it uses.
type call struct{ from, to string }

// noImports makes an empty package of each import: what a package takes from others does not
// matter here.
type noImports struct{}

func (noImports) Import(name string) (*types.Package, error) {
	p := types.NewPackage(name, path.Base(name))
	p.MarkComplete()
	return p, nil
}

// callsBetweenFiles returns, for each file of a package, those whose functions and methods it uses.
func callsBetweenFiles(t *testing.T, p *goPackage) map[call]bool {
	t.Helper()
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: noImports{}, Error: func(error) {}}
	pkg, _ := config.Check(p.ImportPath, set, files, &info) // with errors, for want of the imports
	calls := map[call]bool{}
	for id, used := range info.Uses {
		if f, ok := used.(*types.Func); ok && f.Pkg() == pkg && f.Pos().IsValid() {
			c := call{filepath.Base(set.Position(id.Pos()).Filename), filepath.Base(set.Position(f.Pos()).Filename)}
			if c.from != c.to {
				calls[c] = true
			}
		}
	}
	return calls
}

// inOrder looks for an order of files in which few calls run back up, and returns those.
func inOrder(files []string, calls map[call]bool) (backward []call) {
	order, fewest := slices.Clone(files), -1
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for moved := true; moved; {
			moved = false
			for _, f := range files {
				at := slices.Index(order, f)
				order = slices.Delete(order, at, at+1)
				// The cost of each place, from the top down.
				cost, best, least, here := 0, 0, 0, 0
				for i, g := range order {
					if calls[call{g, f}] {
						cost--
					}
					if calls[call{f, g}] {
						cost++
					}
					if i+1 == at {
						here = cost
					}
					if cost < least {
						best, least = i+1, cost
					}
				}
				if least == here {
					best = at
				}
				moved = moved || best != at
				order = slices.Insert(order, best, f)
			}
		}
		var back []call
		for c := range calls {
			if slices.Index(order, c.from) > slices.Index(order, c.to) {
				back = append(back, c)
			}
		}
		if fewest < 0 || len(back) < fewest {
			fewest, backward = len(back), back
		}
	}
	return backward
}
