package reference

import (
	"bytes"
	"regexp"
	"unicode/utf8"
)

// textMutants break RFC 6455 8.1 and 5.6.
var textMutants = []mutant{
	{Mutant: Mutant{Name: "accept-text-not-utf8", Clause: "rfc6455/8.1/utf8-fail", Roles: inBoth,
		Text: "Does not look at text."}, fault: acceptBadUTF8},
	{Mutant: Mutant{Name: "accept-text-cut", Clause: "rfc6455/8.1/utf8-fail", Roles: inBoth,
		Text: "Takes text that ends within a code point."}, fault: acceptCutUTF8},
	{Mutant: Mutant{Name: "accept-text-surrogates", Clause: "rfc6455/8.1/utf8-fail", Roles: inBoth,
		Text: "Takes surrogates, U+D800 to U+DFFF, in text."}, fault: acceptSurrogates},
	{Mutant: Mutant{Name: "accept-text-overlong", Clause: "rfc6455/8.1/utf8-fail", Roles: inBoth,
		Text: "Takes code points in more octets than they need."}, fault: acceptOverlong},
	{Mutant: Mutant{Name: "accept-text-beyond", Clause: "rfc6455/8.1/utf8-fail", Roles: inBoth,
		Text: "Takes code points above U+10FFFF."}, fault: acceptBeyond},
	{Mutant: Mutant{Name: "accept-text-fragmented", Clause: "rfc6455/8.1/utf8-fail", Roles: inBoth,
		Text: "Looks at text that comes in one frame alone."}, fault: acceptBadFragments},
	{Mutant: Mutant{Name: "accept-text-at-fragment", Clause: "rfc6455/8.1/utf8-fail", Roles: inBoth,
		Text: "Forgets a code point that is not complete where a fragment ends."}, fault: forgetAtFragment},
	{Mutant: Mutant{Name: "accept-text-at-ping", Clause: "rfc6455/8.1/utf8-fail", Roles: inBoth,
		Text: "Forgets a code point that is not complete when a ping comes."}, fault: forgetAtPing},
	{Mutant: Mutant{Name: "accept-text-later", Clause: "rfc6455/8.1/utf8-fail", Roles: inBoth,
		Text: "Looks at the first text message alone."}, fault: acceptBadLater},
	{Mutant: Mutant{Name: "accept-text-long", Clause: "rfc6455/8.1/utf8-fail", Roles: inBoth,
		Text: "Looks at the first 64 octets of a text alone."}, fault: acceptBadLong},
	{Mutant: Mutant{Name: "accept-text-late", Clause: "rfc6455/8.1/utf8-fail", Roles: inBoth,
		Text: "Looks at the first 64 KiB of a text alone."}, fault: acceptBadLate},
	{Mutant: Mutant{Name: "accept-text-repaired", Clause: "rfc6455/8.1/utf8-fail", Roles: inBoth,
		Text: "Echoes text with U+FFFD for what is not UTF-8."}, fault: repairText},
	{Mutant: Mutant{Name: "send-text-not-utf8", Clause: "rfc6455/5.6/text-utf8", Roles: inBoth,
		Text: "Echoes text and binary messages as text."}, echo: echoAs(textAlways)},
	{Mutant: Mutant{Name: "send-text-latin1", Clause: "rfc6455/5.6/text-utf8", Roles: inBoth,
		Text: "Echoes text in Latin-1 where that is possible."}, echo: echoText(latin1)},
	{Mutant: Mutant{Name: "send-text-surrogates", Clause: "rfc6455/5.6/text-utf8", Roles: inBoth,
		Text: "Echoes code points above U+FFFF as two surrogates of three octets each."}, echo: echoText(surrogates)},
}

// The octet sequences that one rule of RFC 3629 alone forbids, and what takes
// their place for a checker that does not know that rule. They are of bytes, as
// regular expressions see Latin-1 text.
var (
	surrogateForm = regexp.MustCompile(`\x{ed}[\x{a0}-\x{bf}][\x{80}-\x{bf}]`)
	overlongForm  = regexp.MustCompile(`[\x{c0}\x{c1}][\x{80}-\x{bf}]|\x{e0}[\x{80}-\x{9f}][\x{80}-\x{bf}]|` +
		`\x{f0}[\x{80}-\x{8f}][\x{80}-\x{bf}]{2}`)
	beyondForm = regexp.MustCompile(`\x{f4}[\x{90}-\x{bf}][\x{80}-\x{bf}]{2}|[\x{f5}-\x{f7}][\x{80}-\x{bf}]{3}`)
)

// isUTF8But reports whether text is UTF-8 but for octets of a form.
func isUTF8But(form *regexp.Regexp, text []byte) bool {
	wide := make([]rune, len(text))
	for i, c := range text {
		wide[i] = rune(c)
	}
	var narrow []byte
	for _, r := range form.ReplaceAllString(string(wide), "") {
		narrow = append(narrow, byte(r))
	}
	return utf8.Valid(narrow)
}

// defersText reports whether a mutant looks at text at its end alone.
func (e *endpoint) defersText() bool {
	switch e.fault {
	case acceptBadUTF8, repairText, acceptSurrogates, acceptOverlong, acceptBeyond,
		acceptBadFragments, acceptBadLater, acceptBadLong, acceptBadLate:
		return true
	case acceptCompressedText:
		return e.compressed
	}
	return false
}

// looksLikeUTF8 is the check of a whole text by a mutant whose check is not as
// it should be. ok is false for all that check as they should.
func (e *endpoint) looksLikeUTF8(text []byte) (looks, ok bool) {
	switch e.mutant.fault {
	case acceptBadUTF8, repairText:
		return true, true
	case acceptSurrogates:
		return isUTF8But(surrogateForm, text), true
	case acceptOverlong:
		return isUTF8But(overlongForm, text), true
	case acceptBeyond:
		return isUTF8But(beyondForm, text), true
	case acceptBadFragments:
		return e.memory.fragments > 1, e.memory.fragments > 1
	case acceptBadLater:
		return true, e.memory.texts > 1
	case acceptCompressedText:
		return true, e.compressed
	case acceptBadLong:
		return looksAtFirst(64, text), true
	case acceptBadLate:
		return looksAtFirst(64<<10, text), true
	}
	return false, false
}

// looksAtFirst reports whether the first n octets of a text are, or can be the
// beginning of, UTF-8.
func looksAtFirst(n int, text []byte) bool {
	return utf8.Valid(text[:min(len(text), n)]) || len(text) > n && validPrefix(text[:n])
}

// validPrefix reports whether b can be the beginning of UTF-8.
func validPrefix(b []byte) bool {
	for i := range min(utf8.UTFMax, len(b)) {
		if utf8.Valid(b[:len(b)-i]) {
			return true
		}
	}
	return false
}

// latin1 returns text in Latin-1, or as it is where it has other characters.
func latin1(text []byte) []byte {
	var out []byte
	for _, r := range string(text) {
		if r > 0xff {
			return text
		}
		out = append(out, byte(r))
	}
	return out
}

// surrogates returns text in CESU-8.
func surrogates(text []byte) []byte {
	var out bytes.Buffer
	for _, r := range string(text) {
		if r <= 0xffff {
			out.WriteRune(r)
			continue
		}
		r -= 1 << 16
		for _, s := range []rune{0xd800 | r>>10, 0xdc00 | r&0x3ff} {
			out.Write([]byte{0xe0 | byte(s>>12), 0x80 | byte(s>>6&0x3f), 0x80 | byte(s&0x3f)})
		}
	}
	return out.Bytes()
}
