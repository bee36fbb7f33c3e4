package convert

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/gofuzz"
	"github.com/wscheck/wscheck/internal/jsonvec"
	"github.com/wscheck/wscheck/internal/raw"
	"github.com/wscheck/wscheck/internal/seedzip"
)

// Format is a format that entries can be written in.
type Format string

// The formats.
const (
	Raw     Format = "raw"     // a file of octets for each
	GoFuzz  Format = "gofuzz"  // a seed of go test for each
	SeedZip Format = "seedzip" // SeedZipName, with a file of octets for each
	JSON    Format = "json"    // VectorsName, with a vector for each
)

// Names of the files that hold many entries.
const (
	SeedZipName = "wscheck_seed_corpus.zip"
	VectorsName = "vectors.json"
)

// Skipped is an entry that a format cannot hold, and why.
type Skipped struct {
	Name   string
	Reason error
}

// Export returns the files that hold the entries: named by them, or the one
// that holds them all. The octets are those of [raw.Octets], or of [gen.Encode]
// where they are to be AsProgram, which holds what comes closest to a script.
func Export(entries []*corpus.Entry, to Format, as As) ([]raw.File, []Skipped, error) {
	if to == JSON {
		return vectors(entries)
	}
	var files []raw.File
	var skipped []Skipped
	for _, e := range entries {
		octets, err := octetsOf(e, as)
		if err != nil {
			skipped = append(skipped, Skipped{e.Name, err})
			continue
		}
		if to == GoFuzz {
			octets = gofuzz.Format(octets)
		}
		files = append(files, raw.File{Name: safeName(e.Name), Octets: octets})
	}
	switch to {
	case Raw, GoFuzz:
		return files, skipped, nil
	case SeedZip:
		archive, err := seedzip.Write(files)
		if err != nil {
			return nil, nil, err
		}
		return []raw.File{{Name: SeedZipName, Octets: archive}}, skipped, nil
	}
	return nil, nil, fmt.Errorf("format %q: want %s, %s, %s or %s", to, Raw, GoFuzz, SeedZip, JSON)
}

func octetsOf(e *corpus.Entry, as As) ([]byte, error) {
	switch as {
	case "", AsStream:
		return raw.Octets(e.Script)
	case AsProgram:
		return gen.Encode(e.Script), nil
	}
	return nil, fmt.Errorf("octets as %q: want %s or %s", as, AsStream, AsProgram)
}

// errSame says that two entries are the same vector.
var errSame = errors.New("another vector has the same octets")

func vectors(entries []*corpus.Entry) ([]raw.File, []Skipped, error) {
	var all []*jsonvec.Vector
	var skipped []Skipped
	seen := map[string]bool{}
	for _, e := range entries {
		v, err := jsonvec.FromScript(e.Name, e.Comment, e.Script)
		if err == nil {
			if key := keyOf(v); seen[key] {
				err = errSame
			} else {
				seen[key] = true
			}
		}
		if err != nil {
			skipped = append(skipped, Skipped{e.Name, err})
			continue
		}
		all = append(all, v)
	}
	file, err := jsonvec.Format(all)
	if err != nil {
		return nil, nil, err
	}
	return []raw.File{{Name: VectorsName, Octets: file}}, skipped, nil
}

// keyOf is the same for vectors that give a library the same.
func keyOf(v *jsonvec.Vector) string {
	pieces := make([]string, 0, len(v.Octets)+2)
	pieces = append(pieces, v.Role.String(), v.Extensions)
	for _, p := range v.Octets {
		pieces = append(pieces, fmt.Sprintf("%x", []byte(p)))
	}
	return strings.Join(pieces, " ")
}

// Entries returns the files of entries themselves.
func Entries(entries []*corpus.Entry) []raw.File {
	files := make([]raw.File, 0, len(entries))
	for _, e := range entries {
		files = append(files, raw.File{Name: e.Name + corpus.Extension, Octets: e.Format()})
	}
	slices.SortFunc(files, func(a, b raw.File) int { return strings.Compare(a.Name, b.Name) })
	return files
}
