package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// closes are about close frames: their payload, and what follows them (RFC 6455
// 5.5.1).
func closes() []row { return slices.Concat(closeForms(), badCloseForms(), afterClose(), closeAmid()) }

// thenAnswered ends the expectation of a close frame that is right.
const thenAnswered = " The TCP connection is closed then, by the server."

var closeClauses = []oracle.ClauseID{
	"rfc6455/5.5.1/close-reply", "rfc6455/5.5.1/close-tcp", "rfc6455/5.5.1/server-close-tcp", "rfc6455/5.5.1/client-waits",
}

// closeRow is a row that ends with our close frame.
func closeRow(id, sends, wants string, clauses []oracle.ClauseID, steps ...oracle.Step) row {
	r := row{id: id, roles: InBoth, sends: sends, wants: wants, clauses: clauses, steps: steps, end: oracle.EndAwait}
	if steps[len(steps)-1].Kind == oracle.StepAwait {
		r.end = oracle.EndNone // the wait for the end is among the steps
	}
	return r
}

// answeredClose is the expectation of a close frame with a right payload.
const answeredClose = "It is answered by a close frame with the same code, with another one that may be sent, or with none." + thenAnswered

// closeForms are close frames with right payloads.
func closeForms() []row {
	clauses := with(closeClauses, "rfc6455/5.5.1/close-prompt", "rfc6455/5.5.1/close-body", "rfc6455/5.5.1/reason-utf8", "rfc6455/7.1.1/clean-close",
		"rfc6455/5.5.1/close-taken")
	var rows []row
	add := func(name, what string, steps ...oracle.Step) {
		rows = append(rows, closeRow("5.5.1/close-"+name, "A close frame "+what+".", answeredClose, clauses, steps...))
	}
	add("empty", "without a payload", closing(0, ""))
	add("code", "with code 1000 alone", closing(wsproto.CloseNormal, ""))
	for _, r := range []struct{ name, reason, what string }{
		{"reason-1", "x", "a reason of one octet"},
		{"reason-ascii", "so long", "a reason in ASCII"},
		{"reason-122", strings.Repeat("*", 122), "a reason of 122 octets"},
		{"reason-123", strings.Repeat("*", 123), "a reason of 123 octets, the most there is room for"},
		{"reason-2-octets", "\u0080\u07ff", "a reason with the first and last code points of two octets"},
		{"reason-3-octets", "\u0800\ud7ff\ue000\uffff", "a reason with the first and last code points of three octets, and those about the surrogates"},
		{"reason-4-octets", "\U00010000\U0010ffff", "a reason with the first and last code points of four octets"},
		{"reason-full-multi", strings.Repeat("é", 61) + "x", "a reason of 123 octets, nearly all of them in pairs, so that cutting it would break one"},
		{"reason-full-euro", strings.Repeat("€", 41), "a reason of 41 code points of three octets"},
		{"reason-nul", "a\x00b", "a reason with an octet of zero"},
		{"reason-lines", "a\r\nb\tc\x1b[0m", "a reason with control characters"},
		{"reason-bom", "\ufeff", "a reason that is a byte order mark"},
		{"reason-markup", "<b>&amp;</b>", "a reason that looks like markup"},
	} {
		add(r.name, "with code 1000 and "+r.what, closing(wsproto.CloseNormal, r.reason))
	}
	// A close that comes first may meet a client that does not take our response. After an
	// echo the connection is open, and the end of TCP alone does not answer.
	for i, c := range []struct {
		name, what string
		frame      oracle.Step
	}{
		{"empty", "without a payload", closing(0, "")},
		{"1000", "with code 1000", closing(wsproto.CloseNormal, "")},
		{"1001", "with code 1001", closing(wsproto.CloseGoingAway, "")},
		{"3000", "with code 3000 and a reason that is not ASCII", closing(3000, "so long \u00e9\u20ac")},
		{"4999", "with code 4999", closing(4999, "")},
		{"reason-123", "with code 1000 and a reason of 123 octets", closing(wsproto.CloseNormal, strings.Repeat("*", 123))},
		{"1002", "with code 1002", closing(wsproto.CloseProtocolError, "")},
		{"1003", "with code 1003", closing(wsproto.CloseUnsupported, "")},
		{"1007", "with code 1007", closing(wsproto.CloseInvalidPayload, "")},
		{"1008", "with code 1008", closing(wsproto.ClosePolicy, "")},
		{"1009", "with code 1009", closing(wsproto.CloseTooBig, "")},
		{"1011", "with code 1011", closing(wsproto.CloseInternal, "")},
	} {
		before := inTurn(i)
		rows = append(rows, closeRow("5.5.1/close-echoed-"+c.name, before.what+", and a close frame "+c.what+".",
			"It is answered by a close frame before the TCP connection is closed."+thenAnswered, with(echoClauses, clauses...), append(before.steps, c.frame)...))
	}
	for _, c := range []struct{ name, what, reason string }{
		{"", "", ""},
		{"-reason-123", " and a reason of 123 octets", strings.Repeat("*", 123)},
		{"-reason-euro", " and a reason that is not ASCII", "€ 5"},
	} {
		rows = append(rows, closeRow("5.5.1/close-after-quiet"+c.name,
			"A text message whose echo is awaited, a pause in which nothing is left to do, and a close frame with code 1000"+c.what+".",
			"It is answered by a close frame before the TCP connection is closed: it is all that the peer has to act on."+thenAnswered,
			with(echoClauses, clauses...), append(usable(), wait(time.Second/10, ""), closing(wsproto.CloseNormal, c.reason))...))
	}
	// What a peer has sent may have filled some buffer of its own when the close frame comes.
	for n := 3 << 9; n < 1<<18; n *= 2 {
		rows = append(rows, closeRow(fmt.Sprintf("5.5.1/close-after-%d", n),
			fmt.Sprintf("A binary message of %d octets that cannot be made fewer, whose echo is awaited, and a close frame with code 1000.", n),
			answeredClose, with(echoClauses, clauses...), whole(wsproto.OpBinary, literal(string(noise(n)))), echoed(1), closing(wsproto.CloseNormal, "")))
	}
	for _, n := range []int{2, 125} {
		payload := codeOctets(wsproto.CloseNormal) + strings.Repeat("*", n-2)
		add(fmt.Sprintf("%d-octetwise", n), fmt.Sprintf("of %d octets with code 1000, octet by octet", n),
			chopped(1, whole(wsproto.OpClose, literal(payload))), ended())
	}
	return rows
}

// inTurn is something that goes before a close frame, another one for each i: a message
// whose echo is awaited, and what else may change how a peer takes the close frame.
func inTurn(i int) earlier {
	text, within := usable(), pingOf("within")
	before := []earlier{
		{what: "A text message whose echo is awaited", steps: text},
		{what: "A binary message of 66,000 octets whose echo is awaited", steps: []oracle.Step{whole(wsproto.OpBinary, repeated(notText, 66_000)), echoed(1)}},
		{what: "A text message in two frames with a ping between them, whose echo is awaited", steps: slices.Concat(
			[]oracle.Step{first(wsproto.OpText, fragment1), within}, continued(fragment2), []oracle.Step{echoed(1)})},
		{what: "A text message whose echo is awaited, the first frame of a binary one and a ping whose pong is awaited", steps: append(text, first(wsproto.OpBinary, fragment1), within, ponged(1))},
		{what: "A text message whose echo is awaited, and ten pings", steps: append(text, slices.Repeat([]oracle.Step{within}, 10)...)},
		{what: "A text message whose echo is awaited, and an empty one", steps: append(text, whole(wsproto.OpText, literal("")))},
		{what: "A text message whose echo is awaited, and an unsolicited pong", steps: append(text, whole(wsproto.OpPong, literal("unasked")))},
	}
	return before[i%len(before)]
}

// badCloseForms are close frames with wrong payloads.
func badCloseForms() []row {
	var rows []row
	ends := "It is an error. The peer answers with a close frame of code 1002 or drops the connection, and does not give the payload back."
	for i, octet := range []string{"\x00", "\x03", "\xff"} {
		sends, steps := "A", []oracle.Step(nil)
		if i > 0 {
			before := inTurn(i + 1)
			sends, steps = before.what+", and a", before.steps
		}
		rows = append(rows, closeRow("5.5.1/close-1-octet-"+fmt.Sprintf("%02x", octet),
			sends+" close frame with a payload of one octet, "+hexOctets(octet)+": half of a code.", ends,
			[]oracle.ClauseID{"rfc6455/5.5.1/close-body-fail"}, append(steps, closeFrame(octet))...))
	}
	rows = append(rows, closeRow("5.5.1/close-1-octet-octetwise", "A close frame with a payload of one octet, octet by octet.", ends,
		[]oracle.ClauseID{"rfc6455/5.5.1/close-body-fail"}, chopped(1, whole(wsproto.OpClose, literal("\x03"))), ended()))

	ends = "The reason has to be UTF-8. The peer answers with a close frame of code 1007 or 1002, or drops the connection, and does not give the reason back."
	for i, r := range []struct{ name, reason, what string }{
		{"lone", "\x80", "a continuation octet alone"},
		{"ff", "a\xffb", "an octet that UTF-8 never has"},
		{"overlong", "\xc0\xaf", "an overlong form"},
		{"surrogate", "\xed\xa0\x80", "a surrogate"},
		{"beyond", "\xf4\x90\x80\x80", "what would be U+110000"},
		{"cut-2", "abc\xc3", "a code point of two octets at its end that lacks the last"},
		{"cut-3", "abc\xe2\x82", "a code point of three octets at its end that lacks the last"},
		{"cut-4", "abc\xf0\x9f\x98", "a code point of four octets at its end that lacks the last"},
		{"cut-at-123", strings.Repeat("é", 61) + "\xc3", "123 octets that end with the first octet of a code point"},
		{"latin-1", "sch\xf6n", "Latin-1"},
		{"utf-16", "\xfe\xff\x00a", "UTF-16 with its byte order mark"},
	} {
		sends, steps, code := "A close frame with code 1000", []oracle.Step(nil), wsproto.CloseNormal
		if i > 2 {
			before := inTurn(i)
			sends, steps, code = before.what+", and a close frame with a code of the application's own", before.steps, privateCode
		}
		rows = append(rows, closeRow("8.1/reason-"+r.name, sends+" and a reason that is "+r.what+".", ends,
			[]oracle.ClauseID{"rfc6455/8.1/reason-fail"}, append(steps, closeFrame(codeOctets(code)+r.reason))...))
	}
	for i := range rows {
		if strings.HasPrefix(rows[i].id, "8.1/") {
			rows[i].also = []string{"5.5.1"}
		}
	}
	return rows
}

// afterClose are frames after our close frame, which a peer need not even read.
func afterClose() []row {
	end := closing(wsproto.CloseNormal, "")
	clauses := with(closeClauses, "rfc6455/5.5.1/data-after-close", "rfc6455/7.1.5/close-once")
	var rows []row
	for _, f := range []struct {
		name, what string
		steps      []oracle.Step
	}{
		{"text", "a text message", []oracle.Step{whole(wsproto.OpText, literal(world))}},
		{"binary", "a binary message", []oracle.Step{whole(wsproto.OpBinary, literal(notText))}},
		{"fragments", "a text message in two frames", append([]oracle.Step{first(wsproto.OpText, fragment1)}, continued(fragment2)...)},
		{"texts", "a hundred text messages", slices.Repeat([]oracle.Step{whole(wsproto.OpText, literal(world))}, 100)},
		{"large", "a binary message of 1 MiB", []oracle.Step{whole(wsproto.OpBinary, repeated("wscheck", 1<<20))}},
		{"ping", "a ping", []oracle.Step{pingOf("late")}},
		{"pong", "a pong", []oracle.Step{whole(wsproto.OpPong, literal("late"))}},
		{"close", "another close frame", []oracle.Step{whole(wsproto.OpClose, literal(codeOctets(wsproto.CloseNormal)))}},
		{"close-other-code", "another close frame with another code", []oracle.Step{whole(wsproto.OpClose, literal(codeOctets(wsproto.CloseGoingAway)))}},
		{"close-bad", "another close frame of one octet", []oracle.Step{whole(wsproto.OpClose, literal("\x03"))}},
		{"bad-utf8", "a text message that is not UTF-8", []oracle.Step{whole(wsproto.OpText, literal("\xff"))}},
		{"reserved-opcode", "a frame with a reserved opcode", []oracle.Step{whole(3, literal(""))}},
		{"reserved-bits", "a text frame with all reserved bits", []oracle.Step{reserved(7, whole(wsproto.OpText, literal(world)))}},
		{"continuation", "a continuation frame of nothing", []oracle.Step{whole(wsproto.OpContinuation, literal(world))}},
		{"octets", "octets that are not frames", []oracle.Step{raw(strings.Repeat("\xff", 100))}},
	} {
		for _, w := range []writing{together, apart} {
			id, how := "5.5.1/after-close-"+f.name, ""
			steps := append([]oracle.Step{end}, f.steps...)
			if w == apart {
				if len(f.steps) > 2 {
					continue
				}
				id, how = id+"-apart", " It is written apart."
				steps[1] = alone(steps[1])
			}
			r := closeRow(id, "A close frame with code 1000, and "+f.what+" after it."+how, thenIgnored[1:], clauses, steps...)
			rows = append(rows, r)
		}
	}
	return rows
}

// closeAmid closes while something is not finished.
func closeAmid() []row {
	const wants = "The peer answers the close frame. What was not finished does not come back as a whole message."
	end := closing(wsproto.CloseNormal, "")
	var rows []row
	add := func(name, sends string, steps ...oracle.Step) {
		rows = append(rows, closeRow("5.5.1/"+name, sends, wants+thenAnswered, closeClauses, steps...))
	}
	for _, op := range []wsproto.Opcode{wsproto.OpText, wsproto.OpBinary} {
		add("close-amid-"+kindOf(op), fmt.Sprintf("The first of two frames of a %s message, and a close frame.", kindOf(op)),
			first(op, fragment1), end)
		add("close-amid-"+kindOf(op)+"-continued",
			fmt.Sprintf("The first of two frames of a %s message, a close frame, and the second frame after it.", kindOf(op)),
			first(op, fragment1), end, whole(wsproto.OpContinuation, literal(fragment2)))
	}
	add("close-amid-empty", "The empty first frame of a text message, a ping that is answered, and a close frame.",
		first(wsproto.OpText, ""), pingOf("amid"), ponged(1), end)
	add("close-amid-apart", "The first of two frames of a text message, a ping that is answered, and a close frame.",
		first(wsproto.OpText, fragment1), pingOf("amid"), ponged(1), end)
	add("close-amid-apart-binary", "The first of two frames of a binary message, a ping that is answered, and a close frame.",
		first(wsproto.OpBinary, fragment1), pingOf("amid"), ponged(1), end)
	add("close-amid-code-point", "The first of two frames of a text message, which ends within a code point, and a close frame.",
		first(wsproto.OpText, "\xe2\x82"), end)
	add("close-amid-100", "A hundred of the frames of a text message, and a close frame.",
		append(append([]oracle.Step{first(wsproto.OpText, "*")}, slices.Repeat([]oracle.Step{first(wsproto.OpContinuation, "*")}, 99)...), end)...)
	add("close-amid-100-apart", "A hundred of the frames of a text message, a ping that is answered, and a close frame.",
		slices.Concat([]oracle.Step{first(wsproto.OpText, "*")}, slices.Repeat([]oracle.Step{first(wsproto.OpContinuation, "*")}, 99), []oracle.Step{pingOf("amid"), ponged(1), end})...)
	add("ping-then-close", "A ping, and a close frame after it. A pong may come before the answer, or none.", pingOf("last"), end)
	add("pings-then-close", "A hundred pings, and a close frame after them.", append(slices.Repeat([]oracle.Step{pingOf("last")}, 100), end)...)
	add("text-then-close", "A text message, and a close frame after it. The message may come back before the answer, or not.",
		whole(wsproto.OpText, literal(hello)), end)
	add("texts-then-close", "A hundred text messages, and a close frame after them.",
		append(slices.Repeat([]oracle.Step{whole(wsproto.OpText, literal(hello))}, 100), end)...)
	add("large-then-close", "A binary message of 1 MiB, and a close frame after it.", whole(wsproto.OpBinary, repeated("wscheck", 1<<20)), end)
	return rows
}
