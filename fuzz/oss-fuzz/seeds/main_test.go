package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/fuzz"
	"github.com/wscheck/wscheck/internal/seedzip"
	"github.com/wscheck/wscheck/internal/testseeds"
)

// root is the root of the repository from here.
const root = "../../.."

// TestWrite holds the files to be complete, readable, and the same each time.
func TestWrite(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	for _, folder := range []string{first, second} {
		if err := write(folder); err != nil {
			t.Fatal(err)
		}
	}
	checkFiles(t, first)
	names, err := os.ReadDir(first)
	if err != nil || len(names) != 2*len(fuzz.Targets()) {
		t.Fatalf("%d files for %d targets, %v", len(names), len(fuzz.Targets()), err)
	}
	for _, name := range names {
		a, err1 := os.ReadFile(filepath.Join(first, name.Name()))
		b, err2 := os.ReadFile(filepath.Join(second, name.Name()))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs from run to run, %v, %v", name.Name(), err1, err2)
		}
	}
	if err := write(filepath.Join(first, "missing")); err == nil {
		t.Error("no error for a folder that there is not")
	}
}

// checkFiles reads what was written for each target.
func checkFiles(t *testing.T, folder string) {
	t.Helper()
	for _, target := range fuzz.Targets() {
		path := filepath.Join(folder, target+"_seed_corpus.zip")
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		files, err := seedzip.Read(f, info.Size())
		f.Close()
		if err != nil || len(files) == 0 {
			t.Errorf("%s: %d seeds, %v", path, len(files), err)
		}
		if words, err := os.ReadFile(filepath.Join(folder, target+".dict")); err != nil || !bytes.Equal(words, dictionary) {
			t.Errorf("%s.dict: %v", target, err)
		}
	}
}

// TestDictionary reads the dictionary as libFuzzer does: a name, =, and octets
// between quotes, with the escapes \\, \" and \xHH.
func TestDictionary(t *testing.T) {
	entry := regexp.MustCompile(`^[a-z0-9_]+="((?:[^"\\[:cntrl:]]|\\\\|\\"|\\x[0-9a-f]{2})+)"$`)
	seen := map[string]bool{}
	for i, line := range strings.Split(strings.TrimSuffix(string(dictionary), "\n"), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		m := entry.FindStringSubmatch(line)
		if m == nil || seen[m[1]] || seen[strings.SplitN(line, "=", 2)[0]] {
			t.Errorf("line %d: %s: no entry, or one that is there already", i+1, line)
			continue
		}
		seen[m[1]], seen[strings.SplitN(line, "=", 2)[0]] = true, true
	}
	if len(seen) < 100 {
		t.Errorf("%d names and words", len(seen))
	}
}

// builder stands for the builder's compile_native_go_fuzzer: it finds the function
// as that does, and builds the package's tests, once for all targets.
const builder = `#!/bin/bash -eu
[ "$(grep -l "func $2" fuzz/*.go | xargs grep "func $2" | grep -c 'testing\.F')" = 1 ]
[ -e "$WORK/tests" ] || go test -c -o "$WORK/tests" "$1"
[ "$("$WORK/tests" -test.list "^$2\$")" = "$2" ]
cp "$WORK/tests" "$OUT/$3"
`

// TestBuild runs the steps of build.sh with a builder of our own.
func TestBuild(t *testing.T) {
	if !testseeds.All() {
		t.Skip("it builds the tests: set WSCHECK_ALL, as .ci/run does")
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash")
	}
	script, err := filepath.Abs("../build.sh")
	if err != nil {
		t.Fatal(err)
	}
	tools, out, work := t.TempDir(), t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(tools, "compile_native_go_fuzzer"), []byte(builder), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), bash, "-eu", script)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "OUT="+out, "WORK="+work, "SANITIZER=address", "PATH="+tools+string(filepath.ListSeparator)+os.Getenv("PATH"))
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	checkFiles(t, out)
	for _, target := range fuzz.Targets() {
		if info, err := os.Stat(filepath.Join(out, target)); err != nil || info.Mode()&0o111 == 0 {
			t.Errorf("%s was not built: %v", target, err)
		}
	}
}

// TestImages holds the two images to be made in the same way.
func TestImages(t *testing.T) {
	lines := func(path string) (lines []string) {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			own := strings.HasPrefix(line, "#") || strings.HasPrefix(line, "COPY ") || strings.HasPrefix(line, "RUN git clone ")
			if !own {
				lines = append(lines, line)
			}
		}
		return lines
	}
	a, b := lines("fuzz/oss-fuzz/Dockerfile"), lines(".clusterfuzzlite/Dockerfile")
	if !slices.Equal(a, b) {
		t.Errorf("%q\n%q", a, b)
	}
}
