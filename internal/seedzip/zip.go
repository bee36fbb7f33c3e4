package seedzip

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/raw"
)

// Read returns the files of a zip file of so many octets, as [raw.ReadFolder] does those of
// a folder: without hidden ones, in the order of their names, and within its bounds.
func Read(r io.ReaderAt, size int64) ([]raw.File, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("no zip file: %w", err)
	}
	return raw.ReadFolder(archive)
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
