package peers

import (
	"errors"
	"io"
	"unicode/utf8"
)

// errInvalidText reports a text message that is not UTF-8 (RFC 6455 section 8.1).
var errInvalidText = errors.New("text message is not UTF-8")

// textReader passes on a text message and fails with errInvalidText at the first octet that cannot be UTF-8, for
// libraries whose examples leave that to the user. It shares no code with the kit that judges the outcome.
type textReader struct {
	src io.Reader
	cut []byte // the octets read so far of a code point that is not complete
}

// Read implements io.Reader. At io.EOF the text is complete and valid.
func (t *textReader) Read(p []byte) (int, error) {
	n, err := t.src.Read(p)
	if !t.accept(p[:n]) || (err == io.EOF && len(t.cut) > 0) {
		return n, errInvalidText
	}
	return n, err
}

// accept reports whether the text may continue with p.
func (t *textReader) accept(p []byte) bool {
	for len(t.cut) > 0 && len(p) > 0 {
		t.cut = append(t.cut, p[0])
		p = p[1:]
		if utf8.FullRune(t.cut) {
			if !utf8.Valid(t.cut) {
				return false
			}
			t.cut = t.cut[:0]
		}
	}
	whole := len(p)
	for i := 1; i < utf8.UTFMax && i <= len(p); i++ {
		if last := p[len(p)-i:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				whole -= i
				t.cut = append(t.cut, last...)
			}
			break
		}
	}
	return utf8.Valid(p[:whole])
}
