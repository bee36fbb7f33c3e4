package store

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/wscheck/wscheck/internal/report"
)

// The form of wscheck.json is that of the version in it, octet by octet, for other
// programs read it: a file in which every key has a value, which an earlier version
// of this program wrote, is read, and written again the same.
func TestFormOfTheFile(t *testing.T) {
	want, err := os.ReadFile(filepath.Join("testdata", "form.json"))
	if err != nil {
		t.Fatal(err)
	}
	first, second := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(first, report.FileName), want, 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := Load(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteDir(second, r); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(second, report.FileName)); err != nil || string(got) != string(want) {
		t.Errorf("%v: the file differs from the one that was read", err)
	}
}
