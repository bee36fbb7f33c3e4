// Package wholefile writes files that are all there, or not there at all.
package wholefile

import (
	"os"
	"path/filepath"
)

// Write writes a file under a temporary name and renames it. The folder has to be
// there.
func Write(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".wscheck-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it is renamed
	_, err = f.Write(data)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
