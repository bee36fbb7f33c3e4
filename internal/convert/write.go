package convert

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/wscheck/wscheck/internal/raw"
	"github.com/wscheck/wscheck/internal/wholefile"
)

// WriteAll writes files into a folder, which is made where there is none: all of
// them, or, if anything goes wrong before the last step, none. A file that is
// there already with the same octets stays; with others it is an error, unless
// replace says that it is to be replaced. It returns how many were written.
func WriteAll(dir string, files []raw.File, replace bool) (written int, err error) {
	fresh := make([]raw.File, 0, len(files))
	for _, f := range files {
		if f.Name != filepath.Base(f.Name) {
			return 0, fmt.Errorf("%q is not the name of a file", f.Name)
		}
		there, err := os.ReadFile(filepath.Join(dir, f.Name))
		switch {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			return 0, err
		case bytes.Equal(there, f.Octets):
			continue
		case !replace:
			return 0, fmt.Errorf("%s is there already, and is another one: write into an empty folder, or take it away", filepath.Join(dir, f.Name))
		}
		fresh = append(fresh, f)
	}
	made, err := makeFolder(dir)
	if err != nil {
		return 0, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	temporary := make([]string, 0, len(fresh))
	defer func() {
		for _, name := range temporary {
			_ = root.Remove(name)
		}
		if err != nil && made {
			_ = os.Remove(dir)
		}
	}()
	for _, f := range fresh {
		name, err := wholefile.Temporary(root, f.Name, func(to *os.File) error {
			_, err := to.Write(f.Octets)
			return err
		})
		if err != nil {
			return 0, err
		}
		temporary = append(temporary, name)
	}
	for i, f := range fresh {
		if err := root.Rename(temporary[i], f.Name); err != nil {
			return i, err
		}
	}
	temporary = nil
	return len(fresh), nil
}

// makeFolder makes a folder, and reports whether it was not there.
func makeFolder(dir string) (made bool, err error) {
	if _, err := os.Stat(dir); err == nil {
		return false, nil
	}
	return true, os.MkdirAll(dir, 0o777)
}
