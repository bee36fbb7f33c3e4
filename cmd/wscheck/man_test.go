package main

import (
	"io"
	"os/exec"
	"strings"
	"testing"
)

// The manual page has each command, argument and flag, and nothing in it begins a
// line as a request of its own.
func TestMan(t *testing.T) {
	app := newParser(io.Discard, func(int) {}).Model
	var b strings.Builder
	if err := writeMan(&b, app); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	leaves := app.Leaves(true)
	if len(leaves) == 0 {
		t.Error("there are no commands")
	}
	for _, leaf := range leaves {
		_, part, ok := strings.Cut(page, ".SS "+roffWord(leaf.Summary())+"\n")
		part, _, _ = strings.Cut(part, "\n.S")
		if !ok {
			t.Errorf("%s is missing", leaf.FullPath())
		}
		for _, f := range leaf.Flags {
			if !strings.Contains(part, ".B "+roff(f.String())+"\n"+roff(f.Help)) {
				t.Errorf("%s: %s is missing", leaf.FullPath(), f.Name)
			}
		}
	}
	for line := range strings.Lines(page) {
		if name, _, _ := strings.Cut(strings.TrimSpace(line), " "); strings.HasPrefix(name, ".") &&
			!strings.Contains(".TH .SH .SS .TP .B .I .RI", name) {
			t.Errorf("a line is taken for a request: %s", line)
		}
	}
	if groff, err := exec.LookPath("groff"); err == nil {
		cmd := exec.CommandContext(t.Context(), groff, "-man", "-Tutf8", "-ww", "-z")
		cmd.Stdin = strings.NewReader(page)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%v: %s", err, out)
		}
	}
}

// A shell that asks is given commands and flags.
func TestCompletion(t *testing.T) {
	for line, want := range map[string][]string{
		"wscheck cl":                  {"client", "clauses"},
		"wscheck client --fail":       {"--fail-fast"},
		"wscheck report ":             {"show", "merge", "diff", "history"},
		"wscheck client --judge auto": {"autobahn"},
	} {
		cmd := exec.CommandContext(t.Context(), "wscheck")
		cmd.Env = append(cmd.Environ(), "COMP_LINE="+line)
		out, err := cmd.Output()
		got := strings.Fields(string(out))
		for _, word := range want {
			if err != nil || !strings.Contains(" "+strings.Join(got, " ")+" ", " "+word+" ") {
				t.Errorf("%q: %v, %q, want %q", line, err, got, word)
			}
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		out, err := exec.CommandContext(t.Context(), "wscheck", "completion", shell).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "complete ") {
			t.Errorf("%s: %v, %s", shell, err, out)
		}
		if program, err := exec.LookPath(shell); err == nil {
			check := exec.CommandContext(t.Context(), program, "-n")
			check.Stdin = strings.NewReader(string(out))
			if wrong, err := check.CombinedOutput(); err != nil {
				t.Errorf("%s: %v, %s", shell, err, wrong)
			}
		}
	}
}
