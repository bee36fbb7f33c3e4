package seedzip

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/raw"
)

// Bounds of a zip file.
const (
	maxFiles  = 1 << 16
	maxOctets = 512 << 20 // of all files, unpacked
)

// Read returns the files of a zip file of so many octets, in the order of their
// names. Folders and hidden files are passed over. There are no files with an
// error, which says what is wrong, and in which file.
func Read(r io.ReaderAt, size int64) ([]raw.File, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("no zip file: %w", err)
	}
	if len(archive.File) > maxFiles {
		return nil, fmt.Errorf("more than %d files", maxFiles)
	}
	var files []raw.File
	room := maxOctets
	for _, f := range archive.File {
		if !f.Mode().IsRegular() || strings.HasPrefix(path.Base(f.Name), ".") {
			continue
		}
		octets, err := unpack(f)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", f.Name, err)
		}
		if room -= len(octets); room < 0 {
			return nil, fmt.Errorf("more than %d octets in all files together", maxOctets)
		}
		files = append(files, raw.File{Name: f.Name, Octets: octets})
	}
	slices.SortStableFunc(files, func(a, b raw.File) int { return strings.Compare(a.Name, b.Name) })
	return files, nil
}

func unpack(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return raw.Read(r)
}

// Write returns the zip file of the files, in the order of their names. It is the
// same for the same files, on every machine and with every version of Go: what
// is in it is stored as it is, and has no time.
func Write(files []raw.File) ([]byte, error) {
	sorted := slices.Clone(files)
	slices.SortFunc(sorted, func(a, b raw.File) int { return strings.Compare(a.Name, b.Name) })
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, f := range sorted {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(f.Octets); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
