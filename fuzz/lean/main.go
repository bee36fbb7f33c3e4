// Command lean is a tool for go test -toolexec: it leaves the standard library and
// wscheck itself without the instruments of fuzzing, so that the engine goes by the
// library under test alone, and has fewer counters to look at after each input.
//
//	go install github.com/wscheck/wscheck/fuzz/lean@latest
//	go test -toolexec lean -run '^$' -fuzz '^FuzzConformance$' .
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "lean: for go test -toolexec: see go doc github.com/wscheck/wscheck/fuzz/lean")
		os.Exit(2)
	}
	tool, args := os.Args[1], os.Args[2:]
	cmd := exec.Command(tool, lean(tool, args)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	var version bytes.Buffer
	asked := slices.Contains(args, "-V=full")
	if asked {
		cmd.Stdout = &version
	}
	err := cmd.Run()
	if asked {
		_, _ = os.Stdout.WriteString(marked(version.String()))
	}
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		os.Exit(failed.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, "lean:", err)
		os.Exit(2)
	}
}

// Arguments of the compiler: for the instruments of fuzzing, and for a package of
// the standard library.
const (
	instrument = "-d=libfuzzer"
	standard   = "-std"
)

// lean returns the arguments of a tool, without the instruments where it compiles
// what needs none.
func lean(tool string, args []string) []string {
	name := strings.TrimSuffix(filepath.Base(tool), ".exe")
	i := slices.Index(args, "-p")
	if name != "compile" || i < 0 || i+1 == len(args) {
		return args
	}
	if !slices.Contains(args, standard) && !ofKit(args[i+1]) {
		return args
	}
	return slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return arg == instrument })
}

// kit are the modules that find nothing new of a library by their own code.
var kit = []string{"github.com/wscheck/wscheck", "pgregory.net/rapid"}

// ofKit reports whether a package is the kit's.
func ofKit(path string) bool {
	return slices.ContainsFunc(kit, func(module string) bool {
		return path == module || strings.HasPrefix(path, module+"/")
	})
}

// marked is a tool's version as go builds keep it apart from what the tool makes
// without lean: their cache goes by it.
func marked(version string) string {
	line, rest, _ := strings.Cut(version, "\n")
	fields := strings.Fields(line)
	if len(fields) < 3 {
		return version
	}
	return strings.Join(slices.Insert(fields, 3, "wscheck-lean"), " ") + "\n" + rest
}
