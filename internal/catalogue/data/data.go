// Package data makes the test data of the compression cases, sections 12 and
// 13 of Autobahn's: five sets of octets of different nature, the same ones on
// every platform and in every release.
//
// [Get] returns a whole set, and [Window] the piece of it that one message
// carries.
package data

import (
	"maps"
	"slices"
	"sync"
	"unicode/utf8"
)

// Names of the data sets.
const (
	JSON   = "json"   // records with some text beyond ASCII, UTF-8
	Text   = "text"   // German prose in lines, ISO 8859-1: not UTF-8
	HTML   = "html"   // markup in several scripts, UTF-8
	Bitmap = "bitmap" // 512×512 pixels of 8-bit grey, smooth and noisy
	PDF    = "pdf"    // a document that is nine tenths incompressible
)

// set is a data set that is made when it is first asked for.
type set struct {
	octets func() []byte
	text   bool // sent as text: cut between code points only
}

var sets = map[string]set{
	JSON:   {sync.OnceValue(func() []byte { return makeJSON(194_056) }), true},
	Text:   {sync.OnceValue(func() []byte { return makeText(222_218) }), false},
	HTML:   {sync.OnceValue(func() []byte { return makeHTML(263_647) }), true},
	Bitmap: {sync.OnceValue(makeBitmap), false},
	PDF:    {sync.OnceValue(func() []byte { return makePDF(1_042_328) }), false},
}

// Kinds returns the names of the data sets in alphabetic order.
func Kinds() []string { return slices.Sorted(maps.Keys(sets)) }

// Get returns the whole data set of that name, nil if there is none. It is
// shared and must not be changed.
func Get(kind string) []byte {
	s, ok := sets[kind]
	if !ok {
		return nil
	}
	return s.octets()
}

// MaxWindow is the largest window, in octets.
const MaxWindow = 16 << 20

// Window returns n octets of a data set from an offset on. The set goes round:
// its first octet follows its last one, and an offset beyond its end counts
// on. In the sets that are sent as text, both ends move back to the beginning
// of a code point, so that the window has up to three octets more or less and
// windows that follow each other still lose none.
//
// The window is nil where the set does not exist, offset or n is negative, or
// n is more than [MaxWindow]. It may share the set's memory and must not be
// changed.
func Window(kind string, offset, n int) []byte {
	from, size := Range(kind, offset, n)
	if size < 0 {
		return nil
	}
	all := sets[kind].octets()
	if to := from + size; to <= len(all) {
		return all[from:to:to]
	}
	window := make([]byte, 0, size)
	for size > 0 {
		k := min(size, len(all)-from)
		window = append(window, all[from:from+k]...)
		from, size = 0, size-k
	}
	return window
}

// Range returns where the window that [Window] returns begins in the set and how
// many octets it has. The size is -1 where there is no window.
func Range(kind string, offset, n int) (from, size int) {
	s, ok := sets[kind]
	if !ok || offset < 0 || n < 0 || n > MaxWindow {
		return 0, -1
	}
	all := s.octets()
	from = offset % len(all)
	to := from + n
	if s.text {
		from, to = wholeRunes(all, from), wholeRunes(all, to)
	}
	return from, to - from
}

// wholeRunes moves a position in the endless repetition of a UTF-8 text back
// to the beginning of the code point that it lies in.
func wholeRunes(all []byte, at int) int {
	for !utf8.RuneStart(all[at%len(all)]) {
		at--
	}
	return at
}
