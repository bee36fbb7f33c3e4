package page_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/internal/report/store"
)

// TestSkipped has a report say which cases were left out, and why not all were played,
// also when it is read again.
func TestSkipped(t *testing.T) {
	r := reporttest.Mixed()
	r.Dir = ""
	r.Agents[0].Ended, r.Agents[0].Skipped = "it is <gone>", "405 cases need permessage-deflate, which the peer lacks"
	dir := filepath.Join(t.TempDir(), "report")
	if err := store.WriteDir(dir, r); err != nil {
		t.Fatal(err)
	}
	again, err := store.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if a := again.Agents[0]; a.Ended != r.Agents[0].Ended || a.Skipped != r.Agents[0].Skipped {
		t.Errorf("read again: ended %q, skipped %q", a.Ended, a.Skipped)
	}
	var b strings.Builder
	if err := (report.SummaryStyle{}).Write(&b, again); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	for text, wants := range map[string][]string{
		b.String():   {"✗ ended early: it is <gone>\n", "– not run: 405 cases need permessage-deflate, which the peer lacks\n"},
		string(page): {"it is &lt;gone&gt;", "Not run: 405 cases need permessage-deflate, which the peer lacks."},
	} {
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%q is missing from\n%.3000s", want, text)
			}
		}
	}
}
