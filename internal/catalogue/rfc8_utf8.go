package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// utf8Boundaries are about text and UTF-8 (RFC 6455 5.6, 8.1): the first and
// last sequences of each form of RFC 3629, and those just beyond, cut at every
// place and in every way.
func utf8Boundaries() []row {
	return slices.Concat(goodSplits(), badSplits(), cutTexts(), anyOctets())
}

// validSequences are code points at the boundaries of UTF-8.
var validSequences = []string{
	"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xe1\x80\x80", "\xec\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
	"\xf0\x90\x80\x80", "\xf1\x80\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x8f\xbf\xbf",
}

// invalidSequences are what stands just beyond, and what never stands in UTF-8.
var invalidSequences = []text{
	{"\xc0\x80", "an overlong zero"},
	{"\xc1\xbf", "an overlong U+007F"},
	{"\xe0\x80\x80", "an overlong zero in three octets"},
	{"\xe0\x9f\xbf", "an overlong U+07FF"},
	{"\xed\xa0\x80", "the first surrogate, U+D800"},
	{"\xed\xbf\xbf", "the last surrogate, U+DFFF"},
	{"\xf0\x80\x80\x80", "an overlong zero in four octets"},
	{"\xf0\x8f\xbf\xbf", "an overlong U+FFFF"},
	{"\xf4\x90\x80\x80", "what would be U+110000"},
	{"\xf5\x80\x80\x80", "a sequence with the lead octet F5"},
	{"\xf7\xbf\xbf\xbf", "what would be U+1FFFFF"},
	{"\xc2\x41", "a lead octet of two with a letter after it"},
	{"\xe1\x80\x41", "a sequence of three octets that breaks off at the last"},
	{"\xf1\x80\x80\x41", "a sequence of four octets that breaks off at the last"},
	{"\xc2\xc2\x80", "a lead octet after a lead octet"},
	{"\x80\x80", "continuation octets alone"},
	{"\xfe\xff", "octets that UTF-8 never has"},
}

// slugOf writes octets for an id: "eda080".
func slugOf(octets string) string { return fmt.Sprintf("%x", octets) }

// splitting is a way to cut a text in two.
type splitting struct {
	name, what string
	steps      func(head, tail string) []oracle.Step
}

var splittings = []splitting{
	{"frames", "between two frames", func(head, tail string) []oracle.Step {
		return []oracle.Step{first(wsproto.OpText, head), whole(wsproto.OpContinuation, literal(tail))}
	}},
	{"ping", "between two frames with a ping of bad UTF-8 between them", func(head, tail string) []oracle.Step {
		return []oracle.Step{first(wsproto.OpText, head), pingOf("\xff\x80"), whole(wsproto.OpContinuation, literal(tail))}
	}},
	{"pong", "between two frames with an unsolicited pong of bad UTF-8 between them", func(head, tail string) []oracle.Step {
		return []oracle.Step{first(wsproto.OpText, head), whole(wsproto.OpPong, literal("\xff\x80")), whole(wsproto.OpContinuation, literal(tail))}
	}},
	{"empty", "between two frames with an empty one between them", func(head, tail string) []oracle.Step {
		return append([]oracle.Step{first(wsproto.OpText, head)}, continued("", tail)...)
	}},
	{"writes", "within one frame, between two writes", func(head, tail string) []oracle.Step {
		frame := declaring(uint64(len(head+tail)), wsproto.FormMinimal, whole(wsproto.OpText, literal(head)))
		return []oracle.Step{alone(frame), alone(more(tail))}
	}},
}

// goodSplits cut code points at every place in every way.
func goodSplits() []row {
	var rows []row
	for _, s := range validSequences {
		for at := 1; at < len(s); at++ {
			for _, by := range splittings {
				r := good(fmt.Sprintf("8.1/%s-split-%d-%s", slugOf(s), at, by.name),
					fmt.Sprintf("The code point %U, %s, amid letters, cut after its octet %d %s.", []rune(s)[0], hexOctets(s), at, by.what),
					"Only the message has to be UTF-8. It comes back.", []oracle.ClauseID{"rfc6455/5.6/text-utf8"}, 1, by.steps("ab"+s[:at], s[at:]+"yz")...)
				r.also = []string{"5.4", "5.6"}
				rows = append(rows, r)
			}
		}
	}
	for _, s := range validSequences {
		rows = append(rows,
			good("8.1/"+slugOf(s)+"-octetwise", fmt.Sprintf("The code point %U, %s, amid letters, in one frame octet by octet.", []rune(s)[0], hexOctets(s)),
				"The message comes back.", nil, 1, chopped(1, whole(wsproto.OpText, literal("ab"+s+"yz")))),
			good("8.1/"+slugOf(s)+"-frames-of-1", fmt.Sprintf("The code point %U, %s, ten times over, in frames of one octet.", []rune(s)[0], hexOctets(s)),
				"The message comes back.", nil, 1, message(wsproto.OpText, literal(strings.Repeat(s, 10)), 1)),
		)
	}
	return rows
}

var utf8Fail = []oracle.ClauseID{"rfc6455/8.1/utf8-fail"}

// badSplits cut sequences that are not UTF-8 in the same ways.
func badSplits() []row {
	var rows []row
	for _, s := range invalidSequences {
		id := "8.1/" + slugOf(s.octets)
		rows = append(rows, bad(id, fmt.Sprintf("A text message in one frame with %s amid letters: %s.", hexOctets(s.octets), s.why),
			utf8Fail, whole(wsproto.OpText, literal("ab"+s.octets+"yz"))))
		for at := 1; at < len(s.octets); at++ {
			for _, by := range splittings {
				if by.name == "empty" || by.name == "pong" {
					continue // the good ones show what these would
				}
				rows = append(rows, bad(fmt.Sprintf("%s-split-%d-%s", id, at, by.name),
					fmt.Sprintf("A text message with %s amid letters (%s), cut after the octet %d of these %s.", hexOctets(s.octets), s.why, at, by.what),
					utf8Fail, by.steps("ab"+s.octets[:at], s.octets[at:]+"yz")...))
			}
		}
	}
	return rows
}

// cutTexts end within a code point, which only the end of the message shows.
func cutTexts() []row {
	var rows []row
	for _, s := range []string{"\xc2", "\xdf", "\xe0", "\xe0\xa0", "\xed\x9f", "\xf0", "\xf0\x90", "\xf0\x90\x80", "\xf4\x8f\xbf"} {
		id := "8.1/cut-" + slugOf(s)
		what := fmt.Sprintf("A text message that ends with %s, the beginning of a code point", hexOctets(s))
		rows = append(rows,
			bad(id, what+".", utf8Fail, whole(wsproto.OpText, literal("ab"+s))),
			bad(id+"-alone", what+" and all there is.", utf8Fail, whole(wsproto.OpText, literal(s))),
			bad(id+"-empty-last", what+"; its last frame is empty.", utf8Fail, first(wsproto.OpText, "ab"+s), whole(wsproto.OpContinuation, literal(""))),
			bad(id+"-next-message", what+"; the next message begins with the rest of it.", utf8Fail,
				whole(wsproto.OpText, literal("ab"+s)), whole(wsproto.OpText, literal("\x80\x80\x80"[:3-min(2, len(s))]+"yz"))),
		)
	}
	return append(rows,
		bad("8.1/second-message", "A good text message whose echo is awaited, and then one that is not UTF-8.", utf8Fail,
			whole(wsproto.OpText, literal(greek)), echoed(1), whole(wsproto.OpText, literal("\xff"))),
		bad("8.1/after-binary", "A binary message that is not UTF-8 and whose echo is awaited, and then a text message with the same octets.", utf8Fail,
			whole(wsproto.OpBinary, literal(notText)), echoed(1), whole(wsproto.OpText, literal(notText))),
		bad("8.1/last-octet-of-64kib", "A text message of 65536 octets; only the last is not UTF-8.", utf8Fail,
			whole(wsproto.OpText, literal(strings.Repeat("*", 65535)+"\xff"))),
		bad("8.1/cut-at-64kib", "A text message of 65536 octets that ends with the beginning of a code point.", utf8Fail,
			whole(wsproto.OpText, literal(strings.Repeat("*", 65535)+"\xc3"))),
		bad("8.1/first-octet-of-64kib", "A text message of 65536 octets; only the first is not UTF-8.", utf8Fail,
			whole(wsproto.OpText, literal("\x80"+strings.Repeat("*", 65535)))),
		bad("8.1/last-of-100-frames", "A text message in 100 frames; only the last is not UTF-8.", utf8Fail,
			slices.Concat([]oracle.Step{first(wsproto.OpText, "*")}, slices.Repeat([]oracle.Step{first(wsproto.OpContinuation, "*")}, 98), continued("\xff"))...),
	)
}

// anyOctets are octets that need not be UTF-8, or are and look odd.
func anyOctets() []row {
	var rows []row
	add := func(name, sends, wants string, n int, steps ...oracle.Step) {
		rows = append(rows, good("8.1/"+name, sends, wants, nil, n, steps...))
	}
	const same = "It comes back octet by octet."
	var all []byte
	for i := range 256 {
		all = append(all, byte(i))
	}
	add("binary-all-octets", "A binary message of all 256 octets.", same, 1, whole(wsproto.OpBinary, literal(string(all))))
	add("binary-cut", "A binary message in two frames, and each ends as text must not.", same, 1,
		append([]oracle.Step{first(wsproto.OpBinary, "\xe2\x82")}, continued("\xf0\x90")...)...)
	add("binary-then-text", "A binary message that ends with the beginning of a code point, and then a text message.", "Both come back.", 2,
		whole(wsproto.OpBinary, literal("ab\xe2\x82")), whole(wsproto.OpText, literal(greek)))
	add("bom", "A text message that begins with U+FEFF, a byte order mark, which is part of it.", same, 1, whole(wsproto.OpText, literal("\ufeff"+hello)))
	add("bom-alone", "A text message of U+FEFF alone.", same, 1, whole(wsproto.OpText, literal("\ufeff")))
	add("nul", "A text message with zeros in it.", same, 1, whole(wsproto.OpText, literal("\x00a\x00\x00b\x00")))
	add("controls", "A text message of all control characters.", same, 1, whole(wsproto.OpText, literal(string(all[:32])+"\x7f\u0080\u009f")))
	add("line-ends", "A text message with CR, LF, CRLF and U+2028, which are not to be changed.", same, 1,
		whole(wsproto.OpText, literal("a\rb\nc\r\nd\u2028e\u0085")))
	add("not-normalized", "A text message of letters with their accents apart, which are not to be joined.", same, 1,
		whole(wsproto.OpText, literal("e\u0301 A\u030a \u1100\u1161 \u212b")))
	add("replacement", "A text message of U+FFFD, which decoders put in the place of errors.", same, 1, whole(wsproto.OpText, literal("\ufffd\ufffd")))
	add("noncharacters", "A text message of U+FFFE, U+FFFF, U+FDD0 and U+1FFFE, which are valid all the same.", same, 1,
		whole(wsproto.OpText, literal("\ufffe\uffff\ufdd0\U0001fffe")))
	add("bidirectional", "A text message with marks of direction and characters of no width.", same, 1,
		whole(wsproto.OpText, literal("\u202ea\u202c\u200b\u200d\u2066")))
	add("like-frames", "A text message whose octets are those of frames without a mask.", same, 1, whole(wsproto.OpText, literal("\x01\x05Hello\x00\x00")))
	add("euro-64kib", "A text message of 65535 octets, all of them in code points of three.", same, 1, whole(wsproto.OpText, repeated("€", 65535)))
	add("euro-64kib-chop-1000", "A text message of 65535 octets in pieces of 1000, so that code points are cut.", same, 1,
		chopped(1000, whole(wsproto.OpText, repeated("€", 65535))))
	add("emoji-frames-of-1000", "A text message of 80000 octets in frames of 1001, so that code points of four octets are cut at every place.", same, 1,
		message(wsproto.OpText, repeated("😀", 80000), 1001))
	return rows
}
