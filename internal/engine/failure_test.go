package engine

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
)

// gallery are servers that break one clause each, and a case that shows it.
var gallery = []struct {
	mutant, caseID string
	judge          report.Judge
}{
	{"response-accept-lowercase", "autobahn/1.1.1", report.JudgeRFC},
	{"send-masked", "autobahn/1.1.2", report.JudgeRFC},
	{"accept-rsv1", "autobahn/3.4", report.JudgeRFC},
	{"accept-rsv1", "autobahn/3.4", report.JudgeAutobahn},
	{"pong-missing", "autobahn/2.2", report.JudgeRFC},
	{"pong-truncated", "autobahn/2.3", report.JudgeRFC},
	{"accept-fragmented-ping", "autobahn/5.1", report.JudgeRFC},
	{"echo-truncated-125", "autobahn/1.1.3", report.JudgeRFC},
	{"close-unanswered", "autobahn/7.1.1", report.JudgeRFC},
	{"panic-on-empty-text", "autobahn/1.1.1", report.JudgeRFC},
	{"hang-at-end", "autobahn/1.1.1", report.JudgeRFC},
	{"hang-opening", "autobahn/1.1.1", report.JudgeRFC},
	{"refuse-ping-125", "autobahn/2.4", report.JudgeRFC},
	{"accept-text-not-utf8", "autobahn/6.3.1", report.JudgeRFC},
}

// TestFailureGallery holds what is printed of failures. With -update, the files
// in testdata are rewritten: read them.
func TestFailureGallery(t *testing.T) {
	for _, c := range gallery {
		name := c.mutant
		if c.judge == report.JudgeAutobahn {
			name += "-autobahn"
		}
		t.Run(name, func(t *testing.T) {
			server := serving(reference.Options{Mutant: c.mutant})
			r := play(t, server, nil, caseOf(t, c.caseID))
			if !r.Failed(c.judge) {
				t.Fatalf("%s is not seen in %s", c.mutant, c.caseID)
			}
			got := withoutStacks(Describe(r, c.judge, testCommand("TestConformance/"+c.caseID))) + "\n"
			reporttest.Golden(t, filepath.Join("failures", name+".txt"), []byte(got))
		})
	}
}

// stackLine is a line of a stack in a transcript.
var stackLine = regexp.MustCompile(`^ {15}`)

// withoutStacks puts one line in the place of each stack.
func withoutStacks(text string) string {
	var lines []string
	within := false
	for line := range strings.SplitSeq(text, "\n") {
		if stack := stackLine.MatchString(line) && !strings.ContainsAny(line[:min(len(line), 24)], "→←·"); stack {
			if !within {
				lines = append(lines, "               (its stack)")
			}
			within = true
			continue
		}
		within = false
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
