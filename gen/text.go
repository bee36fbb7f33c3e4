package gen

import (
	"strings"
	"unicode/utf8"
)

// units are valid UTF-8, which is repeated to make text: by length of its code
// points, at their boundaries, and of characters that implementations are known
// to change.
var units = []string{
	"Hello, world! ",
	"κόσμε ",                          // two octets
	"\u0080\u07ff",                    // the first and last of two
	"€",                               // three
	"\u0800\ud7ff\ue000\uffff",        // the first and last of three, and about the surrogates
	"😀a",                              // four, across any power of two of octets or of units of UTF-16
	"\U00010000\U0010ffff",            // the first and last of four
	"na\u00efve\u00a0caf\u00e9\u00ad", // Latin-1 has them all
	"\x00a\x00",                       // zeros
	"a\r\nb\n",                        // line ends
	"\ufeffBOM ",                      // byte order marks
	"\ufffe\uffff\ufdd0",              // noncharacters
	"\ufffd",                          // what decoders put in the place of errors
	"0 UPPER, lower",                  // case
	"\u202ea\u202c\u200b\u200d",       // marks of direction
	"\x1b\x7f\x1a\x04\b\f",            // control characters
	`%%\n<&>'"$`,                      // what formats and markup change
	"e\u0301\u2028\u0085",             // marks that are composed, and other line ends
	`{"event":"tick","sequence":1}`,
}

// wide are texts in which a character of each length stands across a power of two, of octets or of units
// of UTF-16, and one that is composed. Long texts are often made of them.
var wide = []string{"😀a", "€", "😀a", "\u0080\u07ff!", "e\u0301\u2028"}

// padded is text as units are, with white space about it. Programs do not
// have it: their contents stay as they are.
var padded = []string{" \t before", "after \n", "\r\n \v\f"}

// appendText appends valid UTF-8 of exactly n octets: a unit as often as it goes
// in, its beginning, and then asterisks.
func appendText(dst []byte, unit string, n int) []byte {
	for ; n >= len(unit); n -= len(unit) {
		dst = append(dst, unit...)
	}
	cut := n
	for !utf8.RuneStart(unit[cut]) {
		cut--
	}
	dst = append(dst, unit[:cut]...)
	for range n - cut {
		dst = append(dst, '*')
	}
	return dst
}

// binaries are octets, most of them no UTF-8, which are repeated.
var binaries = []string{
	"\x00\x01\x02\x03\xfc\xfd\xfe\xff", "\x00", "\xff", "binary", "\x80\xbf\xc0\xc1", "\x88\x00\x81\x05Hello", "\xe2\x82",
}

// flaw is a sequence that no UTF-8 has (RFC 3629), by class.
type flaw struct{ name, octets string }

// flaws are in the order of their classes: what the octet is, or begins.
var flaws = []flaw{
	{"ff", "\xff"}, {"fe", "\xfe"}, {"continuation", "\x80"}, {"continuations", "\xbf\x80"},
	{"lead-only", "\xc2A"}, {"short-3", "\xe1\x80A"}, {"short-4", "\xf1\x80\x80A"}, {"lead-lead", "\xc2\xc2\x80"},
	{"latin-1", "caf\xe9 "},
	{"overlong-2", "\xc0\xaf"}, {"overlong-2-last", "\xc1\xbf"}, {"overlong-3", "\xe0\x80\xaf"}, {"overlong-3-last", "\xe0\x9f\xbf"},
	{"overlong-4", "\xf0\x80\x80\xaf"}, {"overlong-4-last", "\xf0\x8f\xbf\xbf"}, {"overlong-zero", "\xc0\x80"},
	{"surrogate-first", "\xed\xa0\x80"}, {"surrogate-last", "\xed\xbf\xbf"}, {"surrogates", "\xed\xa0\xbd\xed\xb8\x80"},
	{"beyond", "\xf4\x90\x80\x80"}, {"lead-f5", "\xf5\x80\x80\x80"}, {"lead-f8", "\xf8\x88\x80\x80\x80"},
}

// stumps are beginnings of code points, and wrong at the end of a message
// alone.
var stumps = []string{"\xc2", "\xce", "\xe2", "\xe2\x82", "\xed\x9f", "\xf0", "\xf0\x9f", "\xf0\x9f\x98", "\xf4\x8f\xbf"}

// letters is a text of n octets in which hardly anything occurs twice, the same
// at all times: a compressor finds none of it again but from one repetition to
// the next.
func letters(n int) string {
	var text strings.Builder
	text.Grow(n)
	state := uint32(n)
	for range n {
		state = state*1664525 + 1013904223
		text.WriteByte('a' + byte(state>>24)%26)
	}
	return text.String()
}
