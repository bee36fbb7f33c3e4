// Package dirlock keeps two runs from writing into one directory.
package dirlock

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Name is the name of the file by which a directory is locked. It says who holds
// the lock; that the file is there does not mean that anybody does.
const Name = ".wscheck.lock"

// BusyError says that another run writes into the directory.
type BusyError struct {
	Dir    string
	Holder string // "process 123, since 2026-01-02 15:04:05 UTC"; what is known of it
}

// Error returns one line.
func (e *BusyError) Error() string {
	return fmt.Sprintf("%s is being written by another run (%s): give another directory, or wait for that run to end", e.Dir, e.Holder)
}

// Lock is a lock that is held.
type Lock struct {
	root *os.Root
	file *os.File
}

// tries bounds how often a file is opened that its holder takes away meanwhile.
const tries = 100

// Take locks the directory that root is open on, or returns a [BusyError]. dir is
// its name, for that error. The lock ends with Release, and with the process
// however that ends. Where the system has no such locks, it always succeeds.
func Take(root *os.Root, dir string) (*Lock, error) {
	for range tries {
		if info, err := root.Lstat(Name); err == nil && !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s in %s is not a regular file: remove it", Name, dir)
		}
		f, err := root.OpenFile(Name, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		switch err := lock(f); {
		case errors.Is(err, errHeld):
			holder := holderOf(f)
			f.Close()
			return nil, &BusyError{dir, holder}
		case err != nil:
			f.Close()
			return nil, fmt.Errorf("locking %s: %w", dir, err)
		}
		// Whoever held it before may have taken the file away in between, so that
		// another one has that name by now.
		if here, err := root.Lstat(Name); err == nil {
			if ours, err := f.Stat(); err == nil && os.SameFile(here, ours) {
				return &Lock{root, f}, note(f)
			}
		}
		f.Close()
	}
	return nil, fmt.Errorf("locking %s: others lock it and let go all the time", dir)
}

// note writes who holds the lock.
func note(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt(fmt.Appendf(nil, "process %d, since %s\n", os.Getpid(), time.Now().UTC().Format("2006-01-02 15:04:05 UTC")), 0)
	return err
}

// holderOf reads who holds the lock.
func holderOf(f *os.File) string {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 100))
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, string(b))
	if err != nil || text == "" {
		return "about which nothing more is known"
	}
	return text
}

// Release lets others lock the directory. The file is taken away before, so that
// none is left in it.
func (l *Lock) Release() {
	_ = l.root.Remove(Name) // where it cannot be removed, it stays, unlocked
	_ = l.file.Close()
}

// TakeDir is Take for a directory by its name, which is made where it is missing.
// release takes one that was made away again if nothing is in it.
func TakeDir(dir string) (release func(), err error) {
	_, err = os.Lstat(dir)
	made := errors.Is(err, os.ErrNotExist)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	l, err := Take(root, dir)
	if err != nil {
		root.Close()
		return nil, err
	}
	return func() {
		l.Release()
		root.Close()
		if made {
			os.Remove(dir) // which fails if anything is in it
		}
	}, nil
}
