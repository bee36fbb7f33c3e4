package sink

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/report/reporttest"
)

// TestTAP reads the report as a consumer of TAP does: the plan, and a line for each test.
func TestTAP(t *testing.T) {
	var b strings.Builder
	if err := WriteTAP(&b, reporttest.Mixed()); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, "report.tap", []byte(b.String()))
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if lines[0] != "TAP version 14" {
		t.Errorf("the first line is %q", lines[0])
	}
	plan, err := strconv.Atoi(strings.TrimPrefix(lines[1], "1.."))
	if err != nil {
		t.Fatalf("the second line is %q", lines[1])
	}
	test := regexp.MustCompile(`^(not )?ok ([0-9]+) - .`)
	count, failed, inBlock := 0, 0, false
	for _, line := range lines[2:] {
		switch m := test.FindStringSubmatch(line); {
		case line == "  ---" || line == "  ...":
			inBlock = line == "  ---"
		case inBlock && (line == "" || strings.HasPrefix(line, "  ")):
		case m == nil:
			t.Errorf("neither a test nor a block: %q", line)
		default:
			if count++; m[2] != strconv.Itoa(count) {
				t.Errorf("test %d has the number %s", count, m[2])
			}
			if m[1] != "" {
				failed++
			}
		}
	}
	suites := suitesOf(reporttest.Mixed())
	if count != plan || plan != suites.Tests || failed != suites.Failures+suites.Errors {
		t.Errorf("%d tests and %d failures, want %d and %d; the plan says %d", count, failed, suites.Tests, suites.Failures+suites.Errors, plan)
	}
}
