package peers

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// TestTextReader holds the reader against the standard library, for all texts of a few octets that matter, in whole
// and in single octets.
func TestTextReader(t *testing.T) {
	const alphabet = "\x00a\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc2\xdf\xe0\xe1\xed\xef\xf0\xf1\xf4\xf5\xff"
	texts := []string{""}
	for next := 0; next < len(texts); next++ {
		start := texts[next]
		if len(start) == 4 || (len(start) == 3 && start[0] < 0xf0) { // no code point is longer
			continue
		}
		for i := range len(alphabet) {
			texts = append(texts, start+alphabet[i:i+1])
		}
	}
	for _, text := range texts {
		for chop, src := range map[string]io.Reader{
			"whole": strings.NewReader(text), "octets": iotest.OneByteReader(strings.NewReader(text)),
		} {
			_, err := io.ReadAll(&textReader{src: src})
			if valid := err == nil; valid != utf8.ValidString(text) || (!valid && !errors.Is(err, errInvalidText)) {
				t.Fatalf("%q, %s: got error %v, valid is %v", text, chop, err, utf8.ValidString(text))
			}
		}
	}
}

// TestTextReaderFailsAtOnce demands an error at the octet that makes the text invalid, not at the end.
func TestTextReaderFailsAtOnce(t *testing.T) {
	for _, test := range []struct {
		text string
		read int // octets passed on without an error
	}{
		{"\xff and on", 0},
		{"caf\xc3( and on", 4},
		{"\xed\xa0\x80 and on", 1}, // a surrogate
		{"\xf4\x90 and on", 1},     // beyond U+10FFFF
		{"\xe0\x80 and on", 1},     // overlong
	} {
		r := &textReader{src: iotest.OneByteReader(strings.NewReader(test.text))}
		read := 0
		var err error
		for p := make([]byte, 8); err == nil; read++ {
			_, err = r.Read(p)
		}
		if read--; read != test.read || !errors.Is(err, errInvalidText) {
			t.Errorf("%q: %d octets read, then %v, want %d", test.text, read, err, test.read)
		}
	}
}
