// Package wholefile writes files as a whole or not at all, and reads no more of one
// than fits.
package wholefile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
)

// Write writes a file under a temporary name and renames it. The folder has to be
// there.
func Write(name string, data []byte) error {
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer root.Close()
	return Replace(root, filepath.Base(name), func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}

// Replace is Write for a file in a folder that is open, whose content write writes.
func Replace(root *os.Root, name string, write func(*os.File) error) error {
	temporary, err := Temporary(root, name, write)
	if err == nil {
		if err = root.Rename(temporary, name); err != nil {
			_ = root.Remove(temporary) // the error that counts is the first
		}
	}
	return err
}

// Temporary writes a file under a temporary name, which it returns: the caller
// gives it its own or takes it away. After an error there is no file.
func Temporary(root *os.Root, name string, write func(*os.File) error) (temporary string, err error) {
	temporary = TemporaryName(name)
	f, err := root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return "", err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return "", errors.Join(err, root.Remove(temporary))
	}
	return temporary, nil
}

// Head returns the first octets of a file: all of them, if it has no more than most.
func Head(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

// serial numbers the temporary files of this process.
var serial atomic.Uint64

// maxName bounds what a temporary name has of the final one: most file systems have
// names of 255 bytes.
const maxName = 220

// TemporaryName returns a name that no other file has, for one that will have the
// given name: the process and a number stand before it.
func TemporaryName(name string) string {
	return fmt.Sprintf(".%d.%d.%s", os.Getpid(), serial.Add(1), name[max(0, len(name)-maxName):])
}
