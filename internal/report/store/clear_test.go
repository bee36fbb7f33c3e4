package store

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
)

// users are files that are nobody's but the user's, whatever they look like.
var users = map[string]string{
	"notes.txt": "mine", "index.html.bak": "mine", "gorilla_v1_5_3_case_notes.html": "mine", ".1.2.mine": "mine", "x_case_1_1_1.json": "{}",
}

// replaced makes a large report with a user's files beside it, in which before
// changes something, and puts a small one in its place.
func replaced(t *testing.T, before func(t *testing.T, dir string), write func(dir string, r *report.Report) error) {
	t.Helper()
	large, small := reporttest.Fabricate(t, 20, 2), reporttest.Fabricate(t, 3, 1)
	dir := t.TempDir()
	if err := WriteDir(dir, large); err != nil {
		t.Fatal(err)
	}
	for name, text := range users {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	before(t, dir)
	if err := write(dir, small); err != nil {
		t.Fatal(err)
	}
	want := t.TempDir()
	if err := WriteDir(want, small); err != nil {
		t.Fatal(err)
	}
	wanted := contents(t, want)
	maps.Copy(wanted, users)
	got := contents(t, dir)
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := wanted[name]; !ok {
			t.Errorf("%s is left", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if text, ok := got[name]; !ok || text != wanted[name] && name != report.FileName && name != "index.html" {
			t.Errorf("%s is gone, or another one", name)
		}
	}
}

func TestReplacedReport(t *testing.T) {
	nothing := func(*testing.T, string) {}
	t.Run("whole", func(t *testing.T) { replaced(t, nothing, WriteDir) })
	t.Run("merge", func(t *testing.T) {
		replaced(t, nothing, func(dir string, r *report.Report) error {
			from := t.TempDir()
			if err := WriteDir(from, r); err != nil {
				return err
			}
			_, _, err := MergeDirs(dir, []string{from}, "")
			return err
		})
	})
	t.Run("interrupted", func(t *testing.T) {
		// A run was killed while it took the files away.
		replaced(t, func(t *testing.T, dir string) {
			for i, name := range slices.Sorted(maps.Keys(contents(t, dir))) {
				if i%2 == 0 && strings.Contains(name, "_case_1_") && users[name] == "" {
					if err := os.Remove(filepath.Join(dir, name)); err != nil {
						t.Fatal(err)
					}
				}
			}
		}, WriteDir)
	})
	t.Run("killed", func(t *testing.T) {
		// A run was killed after some results, while it wrote two files.
		replaced(t, func(t *testing.T, dir string) {
			r := reporttest.Fabricate(t, 9, 2)
			w, err := Create(dir, headOf(r))
			if err != nil {
				t.Fatal(err)
			}
			w.still = true
			addTo(t, w, r)
			w.leave()
			for _, name := range []string{".77.8.index.html", ".77.9.coder_v1_8_15_case_1_1_1.json", ".77.10." + journalName} {
				if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
					t.Fatal(err)
				}
			}
		}, WriteDir)
	})
}

// TestForeignReport replaces what another program wrote: its index, and nothing
// else, since nobody knows which of the other files are its own.
func TestForeignReport(t *testing.T) {
	for name, text := range map[string]string{"no report": "", "broken": `{"format":"wscheck-report"`, "another": `{"format":"x"}`} {
		dir := t.TempDir()
		page := filepath.Join(dir, "gorilla_v1_5_3_case_1_1_1.html")
		r := reporttest.Fabricate(t, 3, 1)
		for _, name := range []string{page, filepath.Join(dir, "other_case_1_1_1.html")} {
			if err := os.WriteFile(name, []byte("theirs"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if text != "" {
			if err := os.WriteFile(filepath.Join(dir, report.FileName), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if err := WriteDir(dir, r); err != nil {
			t.Fatal(err)
		}
		if got := contents(t, dir)["other_case_1_1_1.html"]; got != "theirs" {
			t.Errorf("%s: a file of another program is %q", name, got)
		}
		if _, err := Load(dir); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
