package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
)

// TestBound has many agents with one result each come before and after one with
// several: it stays, and what is left out leaves nothing behind but a count.
func TestBound(t *testing.T) {
	r := reporttest.Fabricate(t, 6, 1)
	honest := r.Agents[0]
	dir := t.TempDir()
	w, err := Create(dir, headOf(r))
	if err != nil {
		t.Fatal(err)
	}
	w.Bound(4)
	junk := func(from, to int) {
		for i := from; i < to; i++ {
			if err := w.Add(fmt.Sprintf("junk %d", i), honest.Results[i%2]); err != nil {
				t.Fatal(err)
			}
		}
	}
	junk(0, 20)
	for i, result := range honest.Results {
		if err := w.Add(honest.Name, result); err != nil {
			t.Fatal(err)
		}
		junk(20+2*i, 22+2*i)
	}
	most := 20 + 2*len(honest.Results)
	junk(20, most)
	closeAll(t, w, r)

	found, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range found.Agents {
		names = append(names, a.Name)
		if a.Name == honest.Name && len(a.Results) != len(honest.Results) {
			t.Errorf("%d results of %d", len(a.Results), len(honest.Results))
		}
	}
	if len(names) != 4 || !slices.Contains(names, honest.Name) {
		t.Errorf("the report has %q", names)
	}
	if found.LeftOut < 20 {
		t.Errorf("%d are said to be left out", found.LeftOut)
	}
	files := contents(t, dir)
	pages := 0
	for name := range files {
		if strings.HasSuffix(name, ".html") && strings.HasPrefix(name, "junk") {
			pages++
		}
	}
	if pages != 3 {
		t.Errorf("%d pages of those that are left out and not", pages)
	}
	for _, want := range []string{report.LeftOutText(found.LeftOut, "server"), honest.Name} {
		if !strings.Contains(files["index.html"], want) {
			t.Errorf("the index is without %q", want)
		}
	}
	if text := reporttest.Summary(t, found, false); !strings.Contains(text, report.LeftOutText(found.LeftOut, "server")) {
		t.Errorf("the summary does not say that agents are left out:\n%s", text)
	}
}

// TestCompact writes a journal anew, with a run that goes on before and after.
func TestCompact(t *testing.T) {
	r := reporttest.Fabricate(t, 12, 2)
	dir, want := t.TempDir(), t.TempDir()
	w, err := Create(dir, headOf(r))
	if err != nil {
		t.Fatal(err)
	}
	w.still = true
	first := *r
	first.Agents = r.Agents[:1]
	for range 3 {
		addTo(t, w, &first)
	}
	if err := w.Add("gone", r.Agents[0].Results[0]); err != nil {
		t.Fatal(err)
	}
	before := w.journal.length()
	w.mu.Lock()
	if err := w.leaveOut(1); err != nil {
		t.Error(err)
	}
	w.head.LeftOut = 0
	if err := w.compact(); err != nil {
		t.Error(err)
	}
	after, live := w.journal.length(), w.live
	w.mu.Unlock()
	if after >= before/2 || after < live {
		t.Errorf("the journal had %d octets and has %d, of which %d count", before, after, live)
	}
	killed, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(killed.Agents) != 1 || len(killed.Agents[0].Results) != len(r.Agents[0].Results) {
		t.Errorf("read again it has %d agents", len(killed.Agents))
	}
	addTo(t, w, r)
	closeAll(t, w, r)
	if err := WriteDir(want, r); err != nil {
		t.Fatal(err)
	}
	sameFiles(t, dir, want)
}

// TestLostLine has the journal miss the line of an agent: it takes no result of that
// agent, and is written again before the next one.
func TestLostLine(t *testing.T) {
	r := reporttest.Fabricate(t, 6, 2)
	dir := t.TempDir()
	w, err := Create(dir, headOf(r))
	if err != nil {
		t.Fatal(err)
	}
	w.still = true
	one, other := r.Agents[0], r.Agents[1]
	if err := w.Add(one.Name, one.Results[0]); err != nil {
		t.Fatal(err)
	}
	unwritable, err := os.Open(filepath.Join(dir, journalName))
	if err != nil {
		t.Fatal(err)
	}
	w.journal.file.Close()
	w.journal.file = unwritable
	if err := w.Add(other.Name, other.Results[0]); err == nil {
		t.Error("a result was added without the line of its agent")
	}
	for _, result := range other.Results {
		if err := w.Add(other.Name, result); err != nil {
			t.Fatal(err)
		}
	}
	killed, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(killed.Agents) != 2 || len(killed.Agents[0].Results) != 1 || len(killed.Agents[1].Results) != len(other.Results) {
		t.Errorf("the journal holds %+v", killed.Agents)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// TestJournalIsBounded plays one case again and again.
func TestJournalIsBounded(t *testing.T) {
	r := reporttest.Fabricate(t, 1, 1)
	w, err := Create(t.TempDir(), headOf(r))
	if err != nil {
		t.Fatal(err)
	}
	w.still, w.waste = true, 1<<20
	large := *r.Agents[0].Results[0]
	large.Died = strings.Repeat("x", 4096)
	for range 3 * w.waste / 4096 {
		if err := w.Add("a", &large); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.journal.length(); n > w.waste+w.waste/2 {
		t.Errorf("the journal has %d octets", n)
	}
	closeAll(t, w, r)
}
