package seedzip_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/raw"
	"github.com/wscheck/wscheck/internal/seedzip"
)

func read(file []byte) ([]raw.File, error) {
	return seedzip.Read(bytes.NewReader(file), int64(len(file)))
}

func TestWriteRead(t *testing.T) {
	files := []raw.File{{Name: "b", Octets: []byte("GET /")}, {Name: "a", Octets: []byte{}}, {Name: "c/d", Octets: []byte{0, 255}}}
	file, err := seedzip.Write(files)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(file)
	if got, want := hex.EncodeToString(sum[:8]), "07abc24d239a7a21"; got != want {
		t.Errorf("the zip file is another one: %s, want %s", got, want)
	}
	got, err := read(file)
	if want := []raw.File{files[1], files[0], files[2]}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

// TestForeign reads what other tools write: packed, with folders and comments.
func TestForeign(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{"corpus/", "corpus/seed", ".hidden"} {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "/") {
			_, _ = f.Write(bytes.Repeat([]byte("x"), 1000))
		}
	}
	_ = w.SetComment("seeds")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := read(b.Bytes())
	if err != nil || len(got) != 1 || got[0].Name != "corpus/seed" || len(got[0].Octets) != 1000 {
		t.Errorf("got %v, %v", got, err)
	}
	cut := b.Bytes()[:b.Len()-10]
	if got, err := read(cut); err == nil || got != nil {
		t.Errorf("cut short: %v, %v", got, err)
	}
	damaged := bytes.Clone(b.Bytes())
	damaged[bytes.Index(damaged, []byte("corpus/seed"))+len("corpus/seed")] ^= 0xff
	if got, err := read(damaged); err == nil || got != nil || !strings.Contains(err.Error(), "corpus/seed") {
		t.Errorf("damaged: %v, %v", got, err)
	}
}

// TestBomb has a small file unpack to more than a seed may have.
func TestBomb(t *testing.T) {
	if testing.Short() {
		t.Skip("slow: not run with -short")
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("bomb")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write(make([]byte, raw.MaxOctets+1))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := read(b.Bytes()); err == nil || got != nil || err.Error() != `"bomb": longer than 16777216 octets` {
		t.Errorf("%d files, %v", len(got), err)
	}
}
