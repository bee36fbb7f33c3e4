package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"github.com/wscheck/wscheck/internal/wholefile"
)

// number is the value of a flag that is a number from 1.
type number int

// UnmarshalText reads the value.
func (c *number) UnmarshalText(text []byte) error {
	n, err := strconv.ParseInt(string(text), 10, 32)
	if err != nil || n < 1 {
		return fmt.Errorf("%q: want a number from 1", text)
	}
	*c = number(n)
	return nil
}

// span is the value of a flag that is a time of more than 0.
type span time.Duration

// maxSpan bounds it: no wait for a peer is longer.
const maxSpan = 24 * time.Hour

// UnmarshalText reads the value.
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d <= 0 || d > maxSpan {
		return fmt.Errorf("%q: want a time such as 500ms or 10s, of more than 0 and at most %v", text, maxSpan)
	}
	*s = span(d)
	return nil
}

func (s span) duration() time.Duration { return time.Duration(s) }

// agentName is the value of a flag that is a peer's name in reports.
type agentName string

// UnmarshalText reads the value.
func (a *agentName) UnmarshalText(text []byte) error {
	name := string(text)
	if strings.TrimSpace(name) == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return fmt.Errorf("%q: want a name of printable characters", name)
	}
	*a = agentName(name)
	return nil
}

// outFile is a file that a flag names, to be written at the end of a run.
type outFile struct{ flag, name string }

// writeFile writes what write writes into a file, if that has a name.
func writeFile(name string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if name == "" {
		return nil
	}
	if err := write(&b); err != nil {
		return err
	}
	return wholefile.Write(name, b.Bytes())
}

// checkOut reports what of a run could not be written: its directory, "" for none,
// and files. It leaves nothing there.
func checkOut(flag, dir string, files ...outFile) error {
	if flag != "" {
		if dir == "" {
			return fmt.Errorf("%s: it is empty: name a directory", flag)
		}
		if err := writable(dir); err != nil {
			return fmt.Errorf("%s %s: %w", flag, dir, err)
		}
	}
	taken := map[string]string{}
	for _, f := range files {
		if f.name == "" {
			continue
		}
		name := filepath.Clean(f.name)
		if other := taken[name]; other != "" {
			return fmt.Errorf("%s %s: %s writes that file: name another one", f.flag, f.name, other)
		}
		taken[name] = f.flag
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			return fmt.Errorf("%s %s: it is a directory: name a file in it", f.flag, f.name)
		}
		parent := filepath.Dir(name)
		if dir != "" && parent == filepath.Clean(dir) {
			continue // it is made by then
		}
		if _, err := os.Stat(parent); errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s %s: there is no directory %s: make it first", f.flag, f.name, parent)
		}
		if err := writable(parent); err != nil {
			return fmt.Errorf("%s %s: %w", f.flag, f.name, err)
		}
	}
	return nil
}

// writable reports why no file can be made in a directory, or why the directory
// cannot be made.
func writable(dir string) error {
	for {
		info, err := os.Stat(dir)
		switch {
		case errors.Is(err, os.ErrNotExist) && filepath.Dir(dir) != dir:
			dir = filepath.Dir(dir)
			continue
		case err != nil:
			return reason(err)
		case !info.IsDir():
			return fmt.Errorf("%s is a file: name another place", dir)
		}
		f, err := os.CreateTemp(dir, ".wscheck-*")
		if err != nil {
			return fmt.Errorf("nothing can be written into %s: %w", dir, reason(err))
		}
		return errors.Join(f.Close(), os.Remove(f.Name()))
	}
}

// reason is the reason of an error about a file, without its name.
func reason(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// checkFiles is [checkOut] for what a run writes besides its directory.
func (f *sinkFlags) checkFiles(flag, dir string) error {
	var files []outFile
	for _, sink := range f.sinks() {
		files = append(files, sink.outFile)
	}
	if f.UpdateBaseline {
		files = append(files, outFile{"--baseline", f.Baseline})
	}
	return checkOut(flag, dir, files...)
}

// checkPort returns an error for a port that cannot be listened on.
func checkPort(port string) error {
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("there is no port %s: want 0 to 65535", port)
	}
	return nil
}

// checkEmpty reports a flag or an argument that is given with nothing, which would be
// as good as none.
func checkEmpty(k *kong.Context) error {
	for _, p := range k.Path {
		value, name := p.Positional, ""
		switch {
		case p.Flag != nil:
			value, name = p.Flag.Value, "--"+p.Flag.Name
		case value != nil:
			name = "<" + value.Name + ">"
		}
		if value == nil || value.Enum != "" {
			continue
		}
		empty := func(v reflect.Value) bool { return v.Kind() == reflect.String && v.String() == "" }
		v := value.Target
		given := !empty(v)
		if v.Kind() == reflect.Slice {
			given = v.Len() > 0
			for i := range v.Len() {
				given = given && !empty(v.Index(i))
			}
		}
		if !given {
			return fmt.Errorf("%s: it is empty: give a value, or leave it out", name)
		}
	}
	return nil
}
