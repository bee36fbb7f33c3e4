package convert_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/convert"
)

// goFuzzCorpus is the folder of go-fuzz-corpus: named by the environment, or
// beside the repository.
func goFuzzCorpus(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(convert.GoFuzzCorpusEnv)
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "reference", "go-fuzz-corpus")
	}
	if _, err := convert.GoFuzzCorpus(dir); errors.Is(err, fs.ErrNotExist) {
		t.Skip(err)
	}
	return dir
}

// TestGoFuzzCorpus imports all that go-fuzz-corpus has of WebSocket, writes it
// as entries, reads those and exports them: the octets are the same ones, and so
// are the ids.
func TestGoFuzzCorpus(t *testing.T) {
	dir := goFuzzCorpus(t)
	entries, err := convert.GoFuzzCorpus(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1622 {
		t.Errorf("%d entries, want 1622", len(entries))
	}
	ids := sha256.New()
	again := make([]*corpus.Entry, 0, len(entries))
	for i, e := range entries {
		if testing.Short() && i%50 != 0 {
			continue
		}
		ids.Write([]byte(e.ID() + "\n"))
		read, err := corpus.Parse(e.Name+corpus.Extension, e.Format())
		if err != nil {
			t.Fatal(err)
		}
		if read.ID() != e.ID() || read.Name != e.Name {
			t.Errorf("%s %s was read as %s %s", e.Name, e.ID(), read.Name, read.ID())
		}
		again = append(again, read)
	}
	if got, want := hex.EncodeToString(ids.Sum(nil)[:8]), "df4ec38d53246198"; got != want && !testing.Short() {
		t.Errorf("the ids are others: their digest is %s, want %s", got, want)
	}
	files, skipped, err := convert.Export(again, convert.Raw, convert.AsStream)
	if err != nil || len(skipped) > 0 || len(files) != len(again) {
		t.Fatalf("%d files of %d entries, %d skipped, %v", len(files), len(again), len(skipped), err)
	}
	for i, e := range again {
		folder, _ := strings.CutPrefix(e.Origin, "go-fuzz-corpus, ")
		want, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(folder), files[i].Name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(files[i].Octets, want) {
			t.Errorf("%s/%s: got %d octets, want %d", folder, files[i].Name, len(files[i].Octets), len(want))
		}
	}
}
