package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSkipped has a report say which cases were left out, and why not all were played,
// also when it is read again.
func TestSkipped(t *testing.T) {
	r := mixed()
	r.Dir = ""
	r.Agents[0].Ended, r.Agents[0].Skipped = "it is <gone>", "405 cases need permessage-deflate, which the peer lacks"
	dir := filepath.Join(t.TempDir(), "report")
	if err := WriteDir(dir, r); err != nil {
		t.Fatal(err)
	}
	again, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if a := again.Agents[0]; a.Ended != r.Agents[0].Ended || a.Skipped != r.Agents[0].Skipped {
		t.Errorf("read again: ended %q, skipped %q", a.Ended, a.Skipped)
	}
	var b strings.Builder
	if err := WriteSummary(&b, again, false); err != nil {
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
	one, two := &Agent{Skipped: "1 case"}, &Agent{Skipped: "2 cases", Ended: "gone"}
	one.add(two)
	one.add(two)
	if one.Ended != "gone" || one.Skipped != "1 case; 2 cases" {
		t.Errorf("added: %+v", one)
	}
}

// TestCountsOfUnsupported has the page count what a peer does not support apart, as the
// summary does.
func TestCountsOfUnsupported(t *testing.T) {
	r := mixed()
	c := r.Count(r.Agents[0])
	if c.Unsupported != 1 || c.Noted != c.Remarked()+1 {
		t.Errorf("%+v", c)
	}
	dir := t.TempDir()
	if err := WriteDir(dir, r); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if want := `<dt>not supported</dt><dd>1</dd>`; err != nil || !strings.Contains(string(page), want) {
		t.Errorf("%v, %q is missing from the page", err, want)
	}
	sum := 0
	for _, part := range c.bar() {
		sum += part.Width
	}
	if sum != c.Cases-c.Known {
		t.Errorf("the bar has %d cases of %d", sum, c.Cases)
	}
}
