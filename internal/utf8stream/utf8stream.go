// Package utf8stream checks text for UTF-8 as it arrives.
package utf8stream

import "unicode/utf8"

// Checker checks a text message for UTF-8 (RFC 3629, RFC 6455 8.1) as it arrives,
// in any pieces. Its zero value is ready for use. It fails at the first
// octet that no continuation can make valid: in F4 90 at the 90, without
// waiting for the two octets that should follow.
type Checker struct {
	need   uint8 // octets that the code point begun still needs, 0 to 3
	lo, hi uint8 // the bounds of the next of them
	failed bool
}

// Write takes the next octets of the message. ok is false when the message can
// no longer be UTF-8, and b[n] is then the first octet to blame. Otherwise n is
// len(b). Once failed, it stays failed, with n = 0, until [Checker.Reset].
func (u *Checker) Write(b []byte) (n int, ok bool) {
	if u.failed {
		return 0, false
	}
	for n < len(b) && u.need > 0 {
		if !u.step(b[n]) {
			return n, false
		}
		n++
	}
	whole := n + wholeLen(b[n:])
	if utf8.Valid(b[n:whole]) {
		n = whole
	}
	for ; n < len(b); n++ {
		if !u.step(b[n]) {
			return n, false
		}
	}
	return n, true
}

// Complete reports whether all octets so far are valid and end with a whole
// code point, as a message must.
func (u *Checker) Complete() bool { return !u.failed && u.need == 0 }

// Reset makes the checker ready for the next message.
func (u *Checker) Reset() { *u = Checker{} }

// step takes one octet, by the table of RFC 3629 4.
func (u *Checker) step(c byte) bool {
	if u.need > 0 {
		if c < u.lo || c > u.hi {
			u.failed = true
			return false
		}
		u.need--
		u.lo, u.hi = 0x80, 0xbf
		return true
	}
	u.lo, u.hi = 0x80, 0xbf
	switch {
	case c < 0x80:
	case c < 0xc2: // a continuation octet, or the lead of an overlong form
		u.failed = true
	case c < 0xe0:
		u.need = 1
	case c < 0xf0:
		u.need = 2
		switch c {
		case 0xe0: // below is overlong
			u.lo = 0xa0
		case 0xed: // above are the surrogates
			u.hi = 0x9f
		}
	case c < 0xf5:
		u.need = 3
		switch c {
		case 0xf0: // below is overlong
			u.lo = 0x90
		case 0xf4: // above is beyond U+10FFFF
			u.hi = 0x8f
		}
	default:
		u.failed = true
	}
	return !u.failed
}

// wholeLen returns the length of b without a code point that b begins and does
// not end.
func wholeLen(b []byte) int {
	for k := 1; k <= min(3, len(b)); k++ {
		c := b[len(b)-k]
		switch {
		case c < 0x80:
			return len(b)
		case c >= 0xc0:
			if k < leadLen(c) {
				return len(b) - k
			}
			return len(b)
		}
	}
	return len(b)
}

// leadLen returns how many octets the code point takes whose first is c.
func leadLen(c byte) int {
	switch {
	case c >= 0xf0:
		return 4
	case c >= 0xe0:
		return 3
	}
	return 2
}
