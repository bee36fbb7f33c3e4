//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package store

import (
	"errors"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/dirlock"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
)

// TestTwoWriters has everything that writes reports try it on a directory where
// one is being written: each says so, and the first loses nothing.
func TestTwoWriters(t *testing.T) {
	r := reporttest.Fabricate(t, 12, 2)
	dir, whole := t.TempDir(), t.TempDir()
	if err := WriteDir(whole, r); err != nil {
		t.Fatal(err)
	}
	w, err := Create(dir, headOf(r))
	if err != nil {
		t.Fatal(err)
	}
	addTo(t, w, r)
	before := contents(t, dir)
	for name, second := range map[string]func() error{
		"Create":   func() error { _, err := Create(dir, headOf(r)); return err },
		"Open":     func() error { _, err := Open(dir, headOf(r)); return err },
		"WriteDir": func() error { return WriteDir(dir, r) },
		"MergeDirs": func() error {
			_, _, err := MergeDirs(dir, []string{whole}, report.JudgeRFC)
			return err
		},
	} {
		err := second()
		if busy := new(dirlock.BusyError); !errors.As(err, &busy) || !strings.Contains(err.Error(), dir) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	after := contents(t, dir)
	for name, text := range before {
		if after[name] != text {
			t.Errorf("%s was changed", name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d files became %d", len(before), len(after))
	}
	closeAll(t, w, r)
	sameFiles(t, dir, whole)
	if _, err := Create(dir, headOf(r)); err != nil {
		t.Errorf("after its end: %v", err)
	}
}
