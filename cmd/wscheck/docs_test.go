package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/wscheck/wscheck/harness"
)

// Every command line in the documentation is one that the program takes.
func TestDocumentedCommandLines(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	for _, page := range append(pages, "../../README.md") {
		t.Run(filepath.Base(page), func(t *testing.T) {
			b, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			lines := commandLines(string(b))
			if filepath.Base(page) == "ci.md" && len(lines) < 15 {
				t.Errorf("%d command lines were found", len(lines))
			}
			for _, line := range lines {
				if err := parses(t, line); err != nil {
					t.Errorf("%s: %v", line, err)
				}
			}
		})
	}
}

// The arguments of the containers in the Kubernetes example are too.
func TestKubernetesArguments(t *testing.T) {
	b, err := os.ReadFile("../../docs/kubernetes/wscheck.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lists := regexp.MustCompile(`(?m)^ +args:\n((?: +(?:- .*|#.*)\n)+)`).FindAllStringSubmatch(string(b), -1)
	if len(lists) != 2 {
		t.Fatalf("%d lists of arguments", len(lists))
	}
	for _, list := range lists {
		var line strings.Builder
		line.WriteString("wscheck")
		for _, item := range regexp.MustCompile(`(?m)^ +- (.*)$`).FindAllStringSubmatch(list[1], -1) {
			line.WriteString(" " + strings.ReplaceAll(item[1], "$(JOB_COMPLETION_INDEX)", "7"))
		}
		if err := parses(t, line.String()); err != nil {
			t.Errorf("%s: %v", line.String(), err)
		}
	}
}

// commandLines returns the lines in fenced blocks that start the program.
func commandLines(markdown string) (lines []string) {
	start := regexp.MustCompile(`^(?:\$ |- )?(wscheck (?:[a-z]+).*)$`)
	for i, block := range strings.Split(markdown, "```") {
		if i%2 == 0 {
			continue
		}
		for line := range strings.Lines(block) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
			if m := start.FindStringSubmatch(line); m != nil {
				lines = append(lines, strings.TrimRight(m[1], " &"))
			}
		}
	}
	return lines
}

// parses reads a command line as the program does, and runs nothing.
func parses(t *testing.T, line string) error {
	t.Helper()
	line = strings.NewReplacer("$CI_NODE_INDEX", "1", "$CI_NODE_TOTAL", "4").Replace(line)
	var args []string
	for _, m := range regexp.MustCompile(`'([^']*)'|"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		args = append(args, m[1]+m[2]+m[3])
	}
	parser, err := kong.New(new(cli), kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) {}),
		kong.Vars{"urls": harness.URLForms, "judge": string(harness.DefaultJudge), "wstestModes": wstestModeNames()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(args[1:])
	return err
}
