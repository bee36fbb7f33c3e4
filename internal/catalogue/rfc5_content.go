package catalogue

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// contents are about what is in a message: nothing of it may be lost, added or made
// another (RFC 6455 5.6), and all of a text is checked, however long (8.1).
func contents() []row { return slices.Concat(exactTexts(), longTexts(), lateFaults()) }

// exactTexts are texts with octets that programs like to strip, escape or stop at.
func exactTexts() []row {
	var rows []row
	for _, c := range []struct{ name, text, what string }{
		{"ends-lf", "a\n", "ends in a line feed"},
		{"ends-crlf", "a\r\n", "ends in CRLF"},
		{"ends-cr", "a\r", "ends in a carriage return"},
		{"ends-lfs", "a\n\n\n", "ends in three line feeds"},
		{"ends-blank", "a ", "ends in a blank"},
		{"ends-nul", "a\x00", "ends in an octet of zero"},
		{"ends-bom", "a\ufeff", "ends in a byte order mark"},
		{"ends-escape", `a\`, "ends in a backslash"},
		{"begins-lf", "\na", "begins with a line feed"},
		{"begins-blank", " a", "begins with a blank"},
		{"begins-nul", "\x00a", "begins with an octet of zero"},
		{"begins-bom", "\ufeffa", "begins with a byte order mark"},
		{"lf", "\n", "is a line feed"},
		{"blank", " ", "is a blank"},
		{"nul", "\x00", "is an octet of zero"},
		{"bom", "\ufeff", "is a byte order mark"},
		{"crlf-within", "a\r\nb\rc\nd", "has line ends of three kinds"},
		{"nul-within", "a\x00b", "has an octet of zero in its middle"},
		{"controls", "\x01\x02\x07\x08\x0b\x0c\x1b\x7f\u0080\u009f", "has control characters"},
		{"separators", "a\u2028b\u2029c\u0085d", "has the line and paragraph separators of Unicode"},
		{"combining", "e\u0301 \u00e9 \u212b \u00c5", "has letters in two normal forms"},
		{"noncharacters", "\ufffe\uffff\ufdd0\U0010ffff", "has noncharacters"},
		{"replacement", "\ufffd", "is U+FFFD"},
		{"markup", "<b>&amp;\"'</b>", "looks like markup"},
		{"format", "%s %d %n %%", "has verbs of printf"},
		{"like-frame", "\x01\x02", "has the octets of a header"},
		{"zero", "0", "many languages take for false"},
		{"number", "007.50", "is a number that could be written in another way"},
		{"json", ` {"b":1.0, "a":"\u0041"} `, "is JSON that could be written in another way"},
		{"invisible", "a\u00ad\u200d\u00a0\ufeff\tb", "has characters that are not seen"},
	} {
		id, sends := "5.6/text-"+c.name, fmt.Sprintf("A text message that %s, %s; and the same in frames of one octet, and as binary.", c.what, hexOctets(c.text))
		rows = append(rows, good(id, sends, "The messages come back as they were sent, octet by octet.", nil, 3,
			whole(wsproto.OpText, literal(c.text)), message(wsproto.OpText, literal(c.text), 1), whole(wsproto.OpBinary, literal(c.text))))
	}
	return rows
}

// longTexts are texts with a character across each place where a buffer or a piece of text may end:
// every power of two of octets, and for those of four octets, which are two units in UTF-16, of units.
func longTexts() []row {
	var rows []row
	for _, char := range []string{"\u00e9", "\u20ac", "\U0001f600"} {
		for before := range len(char) {
			text := shiftedText(char, before)
			rows = append(rows, good(fmt.Sprintf("5.6/long-text-of-%d-octets-after-%d", len(char), before),
				fmt.Sprintf("A text message of %s and more than 64 KiB of characters of %d octets, in one frame; and one that is 9000 octets of it, or a few less, in frames of 1000 octets.",
					count(before, "octet"), len(char)),
				"The messages come back as they were sent, octet by octet.", nil, 2,
				whole(wsproto.OpText, literal(text)), message(wsproto.OpText, literal(text[:9000-9000%len(char)+before]), 1000)))
		}
	}
	return rows
}

// shiftedText is a character again and again after so many octets.
func shiftedText(char string, before int) string {
	return strings.Repeat("*", before) + strings.Repeat(char, 66_000/len(char))
}

// lateFaults are long texts with a few wrong octets.
func lateFaults() []row {
	var rows []row
	for _, n := range []int{1000, 4096, 16384, 65536, 200000, 1 << 20} {
		for _, f := range []struct{ name, fault, what string }{
			{"lone", "\x80", "a continuation octet alone"}, {"cut", "\xe2\x82", "a code point that lacks its last octet"},
		} {
			text := bytes.Repeat([]byte("wscheck "), n/8+1)[:n]
			copy(text[n-len(f.fault):], f.fault)
			rows = append(rows, bad(fmt.Sprintf("8.1/late-%s-%d", f.name, n),
				fmt.Sprintf("A text message of %s whose end is %s.", sized(n), f.what), utf8Fail, whole(wsproto.OpText, oracle.Payload{Data: text})))
		}
	}
	for _, n := range []int{16, 32, 64, 128, 256, 512, 1024, 4096, 8192, 16384, 32768, 65536} {
		rows = append(rows, bad(fmt.Sprintf("8.1/cut-at-%d", n),
			fmt.Sprintf("A text message of %d octets; a code point that lacks its last octet ends after %d of them.", n+100, n), utf8Fail,
			whole(wsproto.OpText, literal(strings.Repeat("*", n-2)+"\xe2\x82"+strings.Repeat("*", 100)))))
	}
	within := strings.Repeat("wscheck ", 16000)
	rows = append(rows,
		bad("8.1/late-last-fragment", "A text message in two frames of 128,000 octets; the second ends in a continuation octet alone.", utf8Fail,
			first(wsproto.OpText, within), whole(wsproto.OpContinuation, literal(within+"\x80"))),
		bad("8.1/late-first-fragment", "A text message in two frames of 128,000 octets; the first ends in a continuation octet alone.", utf8Fail,
			first(wsproto.OpText, within+"\x80"), whole(wsproto.OpContinuation, literal(within))))
	for i := range rows {
		rows[i].also = []string{"5.6"}
	}
	return rows
}

// privateCode is a code that a peer has no reason to send but that it was sent.
const privateCode = wsproto.CloseCode(3456)

// takenCloses are close frames that are wrong, and whose code is one that nobody but
// our side gives: where it comes back, the frame was taken for a right one.
func takenCloses() []row {
	ends := "It is an error. The peer answers with a close frame of another code, such as 1002, or drops the connection, and does not give the code back."
	var rows []row
	add := func(id, what string, clause oracle.ClauseID, s oracle.Step) {
		r := closeRow(id, "A close frame with code 3456, of the application's own, "+what+".", ends, []oracle.ClauseID{clause}, s, ended())
		rows = append(rows, r)
	}
	closing := func(reason string) oracle.Step {
		return whole(wsproto.OpClose, literal(codeOctets(privateCode)+reason))
	}
	for _, r := range []struct{ name, reason, what string }{
		{"lone", "\x80", "a continuation octet alone"},
		{"latin-1", "sch\xf6n", "Latin-1"},
		{"overlong", "\xc0\xaf", "an overlong form"},
		{"surrogate", "\xed\xa0\x80", "a surrogate"},
		{"cut", "abc\xe2\x82", "a code point that lacks its last octet"},
		{"late", strings.Repeat("a", 122) + "\xff", "right but for the last of its 123 octets"},
	} {
		add("8.1/reason-"+r.name+"-private", "and a reason that is "+r.what, "rfc6455/8.1/reason-fail", closing(r.reason))
	}
	for _, n := range []int{126, 127, 200, 1000} {
		add(fmt.Sprintf("5.5/close-%d-private", n), fmt.Sprintf("of %d octets; a control frame has 125 at most", n), "rfc6455/5.5/control-length-fail",
			closing(strings.Repeat("*", n-2)))
	}
	for _, reason := range []string{"", "so long"} {
		unfinished := closing(reason)
		unfinished.Frame.Fin = false
		name, what := "", "and FIN clear"
		if reason != "" {
			name, what = "-reason", "a reason and FIN clear"
		}
		add("5.5/close-unfinished"+name+"-private", what, "rfc6455/5.5/control-fragmented-fail", unfinished)
	}
	for _, op := range []wsproto.Opcode{wsproto.OpText, 3} {
		what, clause := "a frame with a reserved opcode", oracle.ClauseID("rfc6455/5.2/opcode-fail")
		wrong := whole(op, literal(hello))
		if op == wsproto.OpText {
			what, clause, wrong = "a text frame with all reserved bits", "rfc6455/5.2/rsv-fail", reserved(7, wrong)
		}
		r := closeRow("7.1.7/close-after-"+strings.ReplaceAll(strings.TrimPrefix(string(clause), "rfc6455/5.2/"), "-fail", "")+"-private",
			"In one write "+what+", and a close frame with code 3456, of the application's own.",
			"The peer fails the connection for the first frame: it does not answer the second one with its code.", []oracle.ClauseID{clause},
			wrong, closing("so long"), ended())
		rows = append(rows, r)
	}
	return rows
}

// bunchedKeys are masked control frames to a client. One that does not look at the
// mask bit takes the key for the payload, and the payload for frames: here for two
// unsolicited pongs.
func bunchedKeys() []row {
	var rows []row
	for _, f := range []struct {
		name, octets string
	}{
		{"ping", "\x89\x84key!\x8a\x00\x8a\x00"},
		{"pong", "\x8a\x84key!\x8a\x00\x8a\x00"},
		{"ping-empty-key", "\x89\x80\x8a\x00\x8a\x00"},
		{"binary", "\x82\x84key!\x8a\x00\x8a\x00"},
	} {
		r := bad("5.1/masked-"+f.name+"-of-frames", "A masked "+strings.TrimSuffix(f.name, "-empty-key")+
			" frame whose octets, taken for one that is not masked, are right frames as well: "+hexOctets(f.octets)+".",
			[]oracle.ClauseID{"rfc6455/5.1/client-closes-masked"}, raw(f.octets))
		r.roles = AsServer
		r.wants = "The client closes the connection, with code 1002 if it sends a close frame. The frame has no effect."
		rows = append(rows, r)
	}
	return rows
}
