package peers

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/convert"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestGoFuzzCorpus plays the 1,622 entries of go-fuzz-corpus about WebSocket with every library: as they are, and after
// a correct opening handshake. With -v it prints a table; to import, play and judge them as they are takes some seconds.
func TestGoFuzzCorpus(t *testing.T) {
	dir := os.Getenv(convert.GoFuzzCorpusEnv)
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "reference", "go-fuzz-corpus")
	}
	entries, err := convert.GoFuzzCorpus(dir)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	var tallies []Tally
	for _, how := range []Octets{AsStream, AsFrames} {
		for _, lib := range All() {
			if lib.Compression {
				continue // the octets agree on no extension
			}
			some, err := lib.Play(t, entries, how, func(tally *Tally, e *corpus.Entry, r *report.Result) {
				for _, f := range r.RFC.Findings {
					if f.Outcome == oracle.Violation && !lib.expected(tally.Role, f.Clause) {
						t.Errorf("%s as a %v, %s as %s: breaks %s: want %s, got %s", lib.Name, tally.Role, e.Name, how, f.Clause, f.Want, f.Got)
					}
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			tallies = append(tallies, some...)
		}
	}
	conversations := 0
	for i := range tallies {
		conversations += tallies[i].Conversations
	}
	if want := 2 * 5 * len(entries); conversations != want {
		t.Errorf("%d conversations, want %d", conversations, want)
	}
	var table strings.Builder
	if err := WriteTallies(&table, tallies); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", &table)
}

// expected reports whether a library is known to break a clause.
func (lib *Library) expected(role wsproto.Role, clause oracle.ClauseID) bool {
	return slices.ContainsFunc(lib.Known(role), func(d engine.Deviation) bool { return d.Clause == clause })
}
