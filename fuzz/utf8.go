package fuzz

import (
	"fmt"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/utf8stream"
)

// checkUTF8 has a [utf8stream.Checker] read text in pieces, and compares the position
// of the first octet that it rejects, and what it makes of the end, with what
// unicode/utf8 says of the whole.
func checkUTF8(input []byte) error {
	sizes, text := cut(input)
	wantBad := firstBad(text)
	var u utf8stream.Checker
	at, bad := 0, -1
	for _, piece := range pieces(text, sizes) {
		n, ok := u.Write(piece)
		if !ok {
			bad = at + n
			break
		}
		if n != len(piece) {
			return fmt.Errorf("%d octets of %d taken, and no error", n, len(piece))
		}
		at += n
	}
	if bad != wantBad {
		return fmt.Errorf("rejected at octet %d, want %d (-1: not at all)", bad, wantBad)
	}
	if complete := u.Complete(); complete != utf8.Valid(text) {
		return fmt.Errorf("complete: %v, and unicode/utf8 says %v", complete, !complete)
	}
	if _, ok := u.Write([]byte("a")); ok != utf8.Valid(text) {
		return fmt.Errorf("continues: %v, and unicode/utf8 says %v", ok, !ok)
	}
	u.Reset()
	if _, ok := u.Write([]byte("ä")); !ok || !u.Complete() {
		return fmt.Errorf("not as good as new after Reset")
	}
	return nil
}

// firstBad returns the position of the first octet by which text cannot begin a
// UTF-8 text, or -1.
func firstBad(text []byte) int {
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		if r != utf8.RuneError || size != 1 {
			at += size
			continue
		}
		for n := 1; at+n <= len(text); n++ {
			// An encoding that is wrong is "full" with the octet that shows it.
			if utf8.FullRune(text[at : at+n]) {
				return at + n - 1
			}
		}
		return -1 // it may still become one
	}
	return -1
}
