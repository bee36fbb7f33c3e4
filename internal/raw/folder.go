package raw

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// File is a file of octets.
type File struct {
	Name   string // path within the folder, with slashes
	Octets []byte
}

// Limits of a folder.
const (
	maxFiles  = 1 << 16
	maxFolder = 512 << 20 // octets of all files together
)

// ReadFolder reads every regular file of a folder and those within it, in the
// order of their names. Hidden ones (a dot begins the name) and what AFL++
// leaves beside its inputs are passed over. The error names the file that is too
// long, or says that there are too many; there are no files with it.
func ReadFolder(fsys fs.FS) ([]File, error) {
	var files []File
	room := maxFolder
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		switch hidden := strings.HasPrefix(base, ".") && name != "."; {
		case d.IsDir() && hidden:
			return fs.SkipDir
		case d.IsDir() || hidden || base == "README.txt" || !d.Type().IsRegular():
			return nil
		case len(files) == maxFiles:
			return fmt.Errorf("more than %d files", maxFiles)
		}
		octets, err := readFile(fsys, name)
		if err != nil {
			return err
		}
		if room -= len(octets); room < 0 {
			return fmt.Errorf("more than %d octets in all files together", maxFolder)
		}
		files = append(files, File{Name: name, Octets: octets})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return files, nil
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	octets, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	return octets, nil
}

// Read reads a file of octets to its end, which has to come within [MaxOctets].
func Read(r io.Reader) ([]byte, error) {
	octets, err := io.ReadAll(io.LimitReader(r, MaxOctets+1))
	if err == nil && len(octets) > MaxOctets {
		err = fmt.Errorf("longer than %d octets", MaxOctets)
	}
	if err != nil {
		return nil, err
	}
	return octets, nil
}
