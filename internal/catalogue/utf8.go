package catalogue

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// thenInvalid ends the expectation of a case with bad UTF-8.
const thenInvalid = " The connection is failed: the peer closes it, with code 1007 if it sends a close frame."

// text is the payload of one text message, and what is to be known of it.
type text struct {
	octets string
	why    string
}

// utf8Sweeps are the cases that send one text message in one frame each:
// 6.5 to 6.23.
func utf8Sweeps() []entry {
	sweeps := []struct {
		section string
		texts   []text
	}{
		{"6.5", []text{
			{"hello$world", "code points of one octet only"},
			{"hello¢world", "with the two octets C2 A2 for U+00A2 amid ASCII"},
			{"hello€world", "with the three octets E2 82 AC for U+20AC amid ASCII"},
			{"hello𤭢world", "with the four octets F0 A4 AD A2 for U+24B62 amid ASCII"},
			{greek, "code points of two and of three octets"},
		}},
		{"6.6", prefixes(greek)},
		{"6.7", []text{
			{"\x00", "U+0000, the first code point of one octet"},
			{"\xc2\x80", "U+0080, the first code point of two octets"},
			{"\xe0\xa0\x80", "U+0800, the first code point of three octets"},
			{"\xf0\x90\x80\x80", "U+10000, the first code point of four octets"},
		}},
		{"6.8", []text{
			{"\xf8\x88\x80\x80\x80", "the first sequence of five octets in the older definition of UTF-8; F8 is never valid now"},
			{"\xfc\x84\x80\x80\x80\x80", "the first sequence of six octets in the older definition of UTF-8; FC is never valid now"},
		}},
		{"6.9", []text{
			{"\x7f", "U+007F, the last code point of one octet"},
			{"\xdf\xbf", "U+07FF, the last code point of two octets"},
			{"\xef\xbf\xbf", "U+FFFF, the last code point of three octets; a noncharacter, but valid"},
			{"\xf4\x8f\xbf\xbf", "U+10FFFF, the last code point of all; a noncharacter, but valid"},
		}},
		{"6.10", []text{
			{"\xf7\xbf\xbf\xbf", "the last sequence of four octets by its bit pattern, U+1FFFFF; F7 is never valid"},
			{"\xfb\xbf\xbf\xbf\xbf", "the last sequence of five octets by its bit pattern; FB is never valid"},
			{"\xfd\xbf\xbf\xbf\xbf\xbf", "the last sequence of six octets by its bit pattern; FD is never valid"},
		}},
		{"6.11", []text{
			{"\xed\x9f\xbf", "U+D7FF, the last code point before the surrogates"},
			{"\xee\x80\x80", "U+E000, the first code point after the surrogates"},
			{"\xef\xbf\xbd", "U+FFFD, the replacement character, which decoders put in the place of errors and which is not an error itself"},
			{"\xf4\x8f\xbf\xbf", "U+10FFFF, the last code point of all"},
			{"\xf4\x90\x80\x80", "what would be U+110000, one beyond the last code point; after F4 only 80 to 8F may follow"},
		}},
		{"6.12", strayContinuationOctets()},
		{"6.13", []text{
			{lonely(0xc0, 0xde), "lead octets of two-octet sequences from C0 to DE, each followed by a space instead of a continuation octet"},
			{lonely(0xe0, 0xee), "lead octets of three-octet sequences from E0 to EE, each followed by a space"},
			{lonely(0xf0, 0xf6), "lead octets of four-octet sequences from F0 to F6, each followed by a space"},
			{lonely(0xf8, 0xfa), "lead octets of what once were five-octet sequences from F8 to FA, each followed by a space"},
			{lonely(0xfc, 0xfc), "the lead octet of what once were six-octet sequences, followed by a space"},
		}},
		{"6.14", truncated},
		{"6.15", []text{{joined(truncated), "all the cut sequences of 6.14 in a row, ten errors"}}},
		{"6.16", []text{
			{"\xfe", "an octet that no definition of UTF-8 ever used"},
			{"\xff", "an octet that no definition of UTF-8 ever used"},
			{"\xfe\xfe\xff\xff", "octets that no definition of UTF-8 ever used"},
		}},
		{"6.17", overlong("\"/\" (U+002F)",
			"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xf8\x80\x80\x80\xaf", "\xfc\x80\x80\x80\x80\xaf")},
		{"6.18", overlong("the greatest code point that fits into fewer octets",
			"\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf8\x87\xbf\xbf\xbf", "\xfc\x83\xbf\xbf\xbf\xbf")},
		{"6.19", overlong("U+0000, which some software takes for an end of string",
			"\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xf8\x80\x80\x80\x80", "\xfc\x80\x80\x80\x80\x80")},
		{"6.20", surrogates(0xd800, 0xdb7f, 0xdb80, 0xdbff, 0xdc00, 0xdf80, 0xdfff)},
		{"6.21", surrogatePairs()},
		{"6.22", noncharacters()},
		{"6.23", specials()},
	}
	var rows []entry
	for _, s := range sweeps {
		for i, t := range s.texts {
			rows = append(rows, t.entry(fmt.Sprintf("%s.%d", s.section, i+1)))
		}
	}
	return rows
}

// entry makes the case that sends the text.
func (t text) entry(id string) entry {
	const limit = time.Second / 2
	e := entry{
		id: id,
		sends: fmt.Sprintf("One text message of %s (%s): %s.",
			count(len(t.octets), "octet"), hexOctets(t.octets), t.why),
		rfc:   utf8Text,
		steps: []oracle.Step{message(wsproto.OpText, literal(t.octets), 0), failAfter(limit)},
	}
	if utf8.ValidString(t.octets) {
		e.wants = "This is valid UTF-8, and the same octets come back." + thenClosed
		e.expect = accepted(textEcho(t.octets))
	} else {
		e.wants = "This is not UTF-8, and nothing is echoed." + thenInvalid
		e.expect = invalidText(outcome(autobahn.OK))
	}
	return e
}

// prefixes cuts a text after each of its octets.
func prefixes(s string) []text {
	var texts []text
	for n := 1; n <= len(s); n++ {
		t := text{octets: s[:n], why: fmt.Sprintf("the first %d of the %d octets of \"%s\"", n, len(s), s)}
		if utf8.ValidString(t.octets) {
			t.why += ", cut at the end of a code point"
		} else {
			t.why += ", cut within a code point"
		}
		texts = append(texts, t)
	}
	return texts
}

// strayContinuationOctets are octets that only continue a sequence, where
// none has begun.
func strayContinuationOctets() []text {
	texts := []text{
		{"\x80", "the first continuation octet, without a sequence to continue"},
		{"\xbf", "the last continuation octet, without a sequence to continue"},
	}
	for n := 2; n <= 6; n++ {
		texts = append(texts, text{
			strings.Repeat("\x80\xbf", 3)[:n],
			fmt.Sprintf("%d continuation octets, without a sequence to continue", n),
		})
	}
	var all []byte
	for b := byte(0x80); b < 0xbf; b++ {
		all = append(all, b)
	}
	return append(texts, text{string(all), "the continuation octets 80 to BE in a row, without a sequence to continue"})
}

// lonely are all lead octets of a range, each with a space after it.
func lonely(first, last byte) string {
	var octets []byte
	for b := int(first); b <= int(last); b++ {
		octets = append(octets, byte(b), ' ')
	}
	return string(octets)
}

// truncated are sequences of two to six octets without their last one: the
// smallest and then the largest ones by their bit pattern.
var truncated = []text{
	{"\xc0", "a sequence of two octets without its last one, which would be overlong as well"},
	{"\xe0\x80", "a sequence of three octets without its last one, overlong as well"},
	{"\xf0\x80\x80", "a sequence of four octets without its last one, overlong as well"},
	{"\xf8\x80\x80\x80", "what once was a sequence of five octets, without its last one"},
	{"\xfc\x80\x80\x80\x80", "what once was a sequence of six octets, without its last one"},
	{"\xdf", "a sequence of two octets without its last one; as the beginning of a text it would be valid"},
	{"\xef\xbf", "a sequence of three octets without its last one; as the beginning of a text it would be valid"},
	{"\xf7\xbf\xbf", "a sequence of four octets by its bit pattern, without its last one"},
	{"\xfb\xbf\xbf\xbf", "what once was a sequence of five octets, without its last one"},
	{"\xfd\xbf\xbf\xbf\xbf", "what once was a sequence of six octets, without its last one"},
}

// joined is the octets of all the texts.
func joined(texts []text) string {
	var b strings.Builder
	for _, t := range texts {
		b.WriteString(t.octets)
	}
	return b.String()
}

// overlong are sequences that are longer than what they encode needs.
func overlong(of string, sequences ...string) []text {
	var texts []text
	for _, s := range sequences {
		texts = append(texts, text{s, fmt.Sprintf("an overlong form, in %d octets, of %s", len(s), of)})
	}
	return texts
}

// surrogateOctets is the three octets that a surrogate would have.
func surrogateOctets(r rune) string {
	return string([]byte{0xe0 | byte(r>>12), 0x80 | byte(r>>6)&0x3f, 0x80 | byte(r)&0x3f})
}

// surrogates are single surrogates.
func surrogates(runes ...rune) []text {
	var texts []text
	for _, r := range runes {
		half := "high"
		if r >= 0xdc00 {
			half = "low"
		}
		texts = append(texts, text{
			surrogateOctets(r),
			fmt.Sprintf("U+%04X, a %s surrogate of UTF-16, which UTF-8 may not encode", r, half),
		})
	}
	return texts
}

// surrogatePairs are a code point in UTF-16, with each half encoded as
// if it were UTF-8 (CESU-8).
func surrogatePairs() []text {
	var texts []text
	for _, high := range []rune{0xd800, 0xdb7f, 0xdb80, 0xdbff} {
		for _, low := range []rune{0xdc00, 0xdfff} {
			texts = append(texts, text{
				surrogateOctets(high) + surrogateOctets(low),
				fmt.Sprintf("U+%04X and U+%04X, a pair of surrogates of UTF-16, which UTF-8 encodes as the one code point U+%X instead",
					high, low, 0x10000+(high-0xd800)<<10+(low-0xdc00)),
			})
		}
	}
	return texts
}

// noncharacters are the last two code points of each of the 17 planes.
func noncharacters() []text {
	var texts []text
	for plane := range rune(17) {
		for _, last := range []rune{0xfffe, 0xffff} {
			r := plane<<16 | last
			texts = append(texts, text{
				string(r),
				fmt.Sprintf("U+%04X, a noncharacter at the end of plane %d, which is valid in UTF-8 all the same", r, plane),
			})
		}
	}
	return texts
}

// specials are the last code points of the first plane.
func specials() []text {
	var texts []text
	for r := rune(0xfff9); r <= 0xffff; r++ {
		texts = append(texts, text{
			string(r),
			fmt.Sprintf("U+%04X, of the block Specials at the end of plane 0, which is valid in UTF-8", r),
		})
	}
	return texts
}
