package convert

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/capture"
	"github.com/wscheck/wscheck/internal/gofuzz"
	"github.com/wscheck/wscheck/internal/jsonvec"
	"github.com/wscheck/wscheck/internal/raw"
	"github.com/wscheck/wscheck/internal/seedzip"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Read reads a file or a folder and returns its entries, with names that differ,
// in their order. The beginning of a file shows what it holds:
//
//   - an entry, where its name ends in [corpus.Extension];
//   - a seed of go test, "go test fuzz v1";
//   - a zip file of raw octets or seeds;
//   - JSON vectors, where its name ends in .json;
//   - a capture, each side of each conversation by itself: pcap or pcapng, and
//     where the name ends in .har or .gz, what [capture.Read] takes besides; over
//     HTTP/2, each stream of a WebSocket is a conversation;
//   - anything else is raw octets.
//
// A folder is that of a corpus where there is an entry in it; else all its files
// are read as raw octets or seeds, those of the folders within too. An error
// names the file; there are no entries with it.
func Read(path string, o Options) ([]*corpus.Entry, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	o.Origin = cmp.Or(o.Origin, "imported from "+filepath.Base(path))
	var entries []*corpus.Entry
	switch {
	case info.IsDir():
		entries, err = readFolder(path, o)
	case info.Mode().IsRegular():
		entries, err = readFile(path, info.Size(), o)
	default:
		return nil, fmt.Errorf("%s: neither a file nor a folder", path)
	}
	if err != nil {
		return nil, prefixed(path, err)
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("%s: nothing in it can be made an entry", path)
	}
	rename(entries)
	return entries, nil
}

// prefixed puts a path before an error that does not name it.
func prefixed(path string, err error) error {
	var known *fs.PathError
	if errors.As(err, &known) && strings.HasPrefix(known.Path, path) {
		return err
	}
	var entry *corpus.Error
	if errors.As(err, &entry) {
		if entry.File != path { // in a folder
			entry.File = filepath.Join(path, entry.File)
		}
		return entry
	}
	return fmt.Errorf("%s: %w", path, err)
}

func readFolder(path string, o Options) ([]*corpus.Entry, error) {
	fsys := os.DirFS(path)
	entries, err := corpus.Load(fsys)
	if err != nil || len(entries) > 0 {
		return entries, err
	}
	files, err := raw.ReadFolder(fsys)
	if err != nil {
		return nil, err
	}
	return fromFiles(files, o)
}

// How files of other formats begin.
var (
	seedHead = []byte("go test fuzz v1")
	zipHeads = [][]byte{[]byte("PK\x03\x04"), []byte("PK\x05\x06")}
)

func readFile(path string, size int64, o Options) ([]*corpus.Entry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var head [capture.HeadSize]byte
	n, err := f.ReadAt(head[:], 0)
	if n == 0 && err != nil && size > 0 {
		return nil, err
	}
	begins := func(with []byte) bool { return bytes.HasPrefix(head[:n], with) }
	base := filepath.Base(path)
	switch {
	case slices.ContainsFunc(zipHeads, begins):
		files, err := seedzip.Read(f, size)
		if err != nil {
			return nil, err
		}
		return fromFiles(files, o)
	case capture.Begins(head[:n]), strings.HasSuffix(base, ".har"), strings.HasSuffix(base, ".gz") && capture.IsCompressed(head[:n]):
		all, seen, err := capture.Read(f, capture.Limits{}, o.Heads)
		if err != nil {
			return nil, err
		}
		if len(all) == 0 {
			return nil, errors.New(seen.String())
		}
		return fromCapture(base, all, o)
	}
	octets, err := raw.Read(f)
	switch {
	case err != nil:
		return nil, err
	case strings.HasSuffix(base, corpus.Extension):
		e, err := corpus.Parse(path, octets)
		return []*corpus.Entry{e}, err
	case strings.HasSuffix(base, ".json"):
		return fromVectors(octets, o)
	}
	return fromFiles([]raw.File{{Name: base, Octets: octets}}, o)
}

// fromFiles makes entries of raw octets and seeds.
func fromFiles(files []raw.File, o Options) ([]*corpus.Entry, error) {
	entries := make([]*corpus.Entry, 0, len(files))
	for _, f := range files {
		if bytes.HasPrefix(f.Octets, seedHead) {
			octets, err := gofuzz.Parse(f.Octets)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name, err)
			}
			f.Octets = octets
		}
		e, err := Octets(f.Name, f.Octets, o)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func fromVectors(file []byte, o Options) ([]*corpus.Entry, error) {
	vectors, err := jsonvec.Parse(file)
	if err != nil {
		return nil, err
	}
	entries := make([]*corpus.Entry, 0, len(vectors))
	for _, v := range vectors {
		s, err := v.Script()
		if err != nil {
			return nil, err
		}
		e, err := FromScript(v.Name, s, o.Origin)
		if err != nil {
			return nil, err
		}
		e.Comment = oneLine(v.Comment)
		entries = append(entries, e)
	}
	return entries, nil
}

// fromCapture makes two entries of each conversation: what the client sent, and
// what the server did. A side with missing octets is left out.
func fromCapture(base string, all []*capture.Conversation, o Options) ([]*corpus.Entry, error) {
	var entries []*corpus.Entry
	for i, c := range all {
		for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
			kind := oracle.EventReceived
			if c.Trace.Role == role {
				kind = oracle.EventSent
			}
			octets, whole := c.Trace.Octets(kind)
			if !whole || o.Role != "" && o.Role != role.String() {
				continue
			}
			script := raw.Script
			if c.Trace.Carrier == oracle.HTTP2 {
				script = raw.Carried
			}
			e, err := FromScript(fmt.Sprintf("%s-%d-%s", base, i+1, role), script(role, octets), o.Origin)
			if err != nil {
				return nil, fmt.Errorf("conversation %d: %w", i+1, err)
			}
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// rename gives entries that have one name, in any case of letters, different ones.
func rename(entries []*corpus.Entry) {
	taken := make(map[string]bool, len(entries))
	for _, e := range entries {
		name := e.Name
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = fmt.Sprintf("%s-%d", e.Name, n)
		}
		taken[strings.ToLower(name)] = true
		e.Name = name
	}
}
