package corpus

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/internal/wholefile"
)

//go:embed entries/*.ws
var embedded embed.FS

// Entries holds the entries that come with the package, one in each file of its
// root.
var Entries = func() fs.FS {
	sub, err := fs.Sub(embedded, "entries")
	if err != nil {
		panic(err) // the name above is wrong
	}
	return sub
}()

// Embedded returns the entries of [Entries]. They are read once: not to be
// changed.
var Embedded = sync.OnceValues(func() ([]*Entry, error) { return Load(Entries) })

// maxEntries bounds the number of entries in a folder.
const maxEntries = 1 << 16

// Load reads every file of a folder whose name ends in [Extension], without
// those of folders within, and returns the entries in the order of their names.
// Reading ends at the first file that is not an entry, with an [*Error].
func Load(fsys fs.FS) ([]*Entry, error) {
	files, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		if strings.HasSuffix(f.Name(), Extension) && !f.IsDir() {
			names = append(names, f.Name())
		}
	}
	if len(names) > maxEntries {
		return nil, fmt.Errorf("%d entries: want at most %d in one folder", len(names), maxEntries)
	}
	entries := make([]*Entry, 0, len(names))
	for _, name := range names {
		text, err := readFile(fsys, name)
		if err != nil {
			return nil, err
		}
		e, err := Parse(name, text)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// readFile reads a file of bounded size.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxEntry+1))
}

// Write writes the entry into a folder, by the name of [Entry.FileName], and
// returns the path of the file. The folder is made where there is none. Where an
// entry of the same id is there already, under any name that ends in the
// id, nothing is written and its path is returned.
func Write(dir string, e *Entry) (path string, err error) {
	if len(e.Rules) == 0 {
		return "", errors.New("an entry without a rule: name the clause that a broken peer breaks")
	}
	text := e.Format()
	if _, err := Parse(e.FileName(), text); err != nil {
		return "", fmt.Errorf("an entry that could not be read again: %w", err)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, f := range there {
		if strings.HasSuffix(f.Name(), e.ID()+Extension) {
			return filepath.Join(dir, f.Name()), nil
		}
	}
	path = filepath.Join(dir, e.FileName())
	return path, wholefile.Write(path, text)
}
