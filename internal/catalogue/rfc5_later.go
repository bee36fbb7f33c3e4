package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// laterFaults are frames that no peer may take, after something legal that a peer has a
// state for: what it checks on the first frame it checks on all.
func laterFaults() []row {
	var rows []row
	for _, before := range []earlier{
		{"fragments", "A text message in two frames, whose echo is awaited",
			[]oracle.Step{part(wsproto.OpText, literal(fragment1)), whole(wsproto.OpContinuation, literal(fragment2)), echoed(1)}},
		{"ping-within", "A text message in two frames with a ping between them, whose echo is awaited",
			[]oracle.Step{part(wsproto.OpText, literal(fragment1)), pingOf("within"), whole(wsproto.OpContinuation, literal(fragment2)), echoed(1)}},
		{"ping", "A ping, whose pong is awaited", []oracle.Step{pingOf("before"), ponged(1)}},
		{"empty", "An empty text message, whose echo is awaited", []oracle.Step{whole(wsproto.OpText, literal("")), echoed(1)}},
		{"many", "Thirty binary messages, each once the one before is back", []oracle.Step{repeatedly(30, literal(hello))}},
		{"pings", "Forty pings in a row", slices.Repeat([]oracle.Step{pingOf("again")}, 40)},
		{"octets", "Three binary messages of 44,000 octets, each once the one before is back", []oracle.Step{repeatedly(3, repeated(notText, 44_000))}},
		{"idle", "Forty-one seconds of silence", []oracle.Step{wait(longIdle, "")}},
	} {
		for _, f := range []fault{
			{"rsv2", "a text frame with RSV2", "rfc6455/5.2/rsv-fail", []oracle.Step{reserved(2, whole(wsproto.OpText, literal(hello)))}},
			{"rsv1-ping", "a ping with RSV1", "rfc6455/5.2/rsv-fail", []oracle.Step{reserved(4, whole(wsproto.OpPing, literal("ping")))}},
			{"opcode-3", "a frame with the opcode 3", "rfc6455/5.2/opcode-fail", []oracle.Step{whole(3, literal(hello))}},
			{"opcode-11", "a frame with the opcode 11", "rfc6455/5.2/opcode-fail", []oracle.Step{whole(11, literal(""))}},
			{"interleaved", "the first of two frames of a text message with a whole one after it", "rfc6455/5.4/interleaved-fail",
				[]oracle.Step{part(wsproto.OpText, literal(fragment1)), whole(wsproto.OpText, literal(hello))}},
			{"length-2-63", "the header of a binary frame that declares a length of 2^63", "rfc6455/5.2/length-63bit-fail",
				[]oracle.Step{declaring(1<<63, wsproto.Form64, whole(wsproto.OpBinary, literal("hello")))}},
			{"continuation", "a continuation frame", "rfc6455/5.4/continuation-fail", []oracle.Step{whole(wsproto.OpContinuation, literal(fragment2))}},
			{"ping-126", "a ping of 126 octets", "rfc6455/5.5/control-length-fail", []oracle.Step{whole(wsproto.OpPing, repeated("*", 126))}},
			{"ping-unfinished", "a ping with FIN clear", "rfc6455/5.5/control-fragmented-fail", []oracle.Step{part(wsproto.OpPing, literal("ping"))}},
			{"bad-utf8", "a text message that is not UTF-8", "rfc6455/8.1/utf8-fail", []oracle.Step{whole(wsproto.OpText, literal("\xff"))}},
		} {
			rows = append(rows, f.after("5.2/after-"+before.name, before.what, before.steps))
		}
		rows = append(rows, laterMasks(before.name, before.what, before.steps, []maskedWrongly{{"", "a text frame", nil, whole(wsproto.OpText, literal(world))}})...)
		rows = append(rows, closeRow("7.4.1/after-"+before.name+"-code-1005", before.what+"; then a close frame with code 1005, which must not be sent.",
			"It is an error. The peer answers with a close frame of another code or drops the connection.", []oracle.ClauseID{"rfc6455/7.4.1/code-1005"},
			with(before.steps, closing(wsproto.CloseNoStatus, ""))...))
	}
	rows = append(rows, withinMany()...)
	for i, before := range []earlier{
		{"binary", "Text messages in one frame and in two with a ping between them, an empty one, four short ones and a binary one of 66,000 octets, whose echoes are awaited",
			slices.Concat(onceInAll, slices.Repeat([]oracle.Step{whole(wsproto.OpText, literal(world))}, 4), []oracle.Step{whole(wsproto.OpBinary, repeated(notText, 66_000)), echoed(8)})},
		{"pong", "Text messages in one frame and in two with a ping between them and an empty one, whose echoes are awaited, ten pings, two seconds of silence and an unsolicited pong",
			slices.Concat(onceInAll, []oracle.Step{echoed(3)}, slices.Repeat([]oracle.Step{pingOf("again")}, 10), []oracle.Step{wait(aWhile, ""), whole(wsproto.OpPong, literal("unasked"))})},
	} {
		for _, f := range faultForms([]wsproto.Opcode{wsproto.OpText, wsproto.OpBinary}[i], nil) {
			rows = append(rows, f.after("5.2/late-"+before.name, before.what, before.steps))
		}
		rows = append(rows, laterMasks("all-"+before.name, before.what, before.steps, maskForms)...)
	}
	return rows
}

// repeatedly sends a binary message so many times, each once the one before is back.
func repeatedly(times int, p oracle.Payload) oracle.Step {
	return oracle.Step{Kind: oracle.StepEcho, Count: times, Frame: wsproto.Header{Opcode: wsproto.OpBinary}, Payload: p, Timeout: patience}
}

// withinMany are faults within a message, after dozens of its frames.
func withinMany() []row {
	const what = "The first forty frames of a text message"
	before := with([]oracle.Step{part(wsproto.OpText, literal(fragment1))}, slices.Repeat([]oracle.Step{part(wsproto.OpContinuation, literal("*"))}, 39)...)
	var rows []row
	for _, f := range []fault{
		{"rsv2", "the last one with RSV2", "rfc6455/5.2/rsv-fail", []oracle.Step{reserved(2, whole(wsproto.OpContinuation, literal(fragment2)))}},
		{"opcode-11", "a frame with the opcode 11", "rfc6455/5.2/opcode-fail", []oracle.Step{whole(11, literal(""))}},
		{"interleaved", "a whole text message", "rfc6455/5.4/interleaved-fail", []oracle.Step{whole(wsproto.OpText, literal(hello))}},
		{"ping-126", "a ping of 126 octets", "rfc6455/5.5/control-length-fail", []oracle.Step{whole(wsproto.OpPing, repeated("*", 126))}},
		{"ping-unfinished", "a ping with FIN clear", "rfc6455/5.5/control-fragmented-fail", []oracle.Step{part(wsproto.OpPing, literal("ping"))}},
		{"bad-utf8", "the last one, which is not UTF-8", "rfc6455/8.1/utf8-fail", []oracle.Step{whole(wsproto.OpContinuation, literal("\xff"))}},
	} {
		rows = append(rows, f.after("5.4/within-many", what, before))
	}
	return append(rows, laterMasks("within-many", what, before, []maskedWrongly{{"", "the last one", nil, whole(wsproto.OpContinuation, literal(fragment2))}})...)
}

// longIdle is longer than a connection is new to any peer. Over a socket, it takes time in
// random runs alone.
const longIdle = 41 * time.Second

// aWhile is a time without octets after which a peer may have done something of its own.
// Over a socket, a peer that answers a ping of ours has had it.
const aWhile = 2 * time.Second

// fault is a frame that no peer may take, with what has to go before it.
type fault struct {
	name, what string
	clause     oracle.ClauseID
	steps      []oracle.Step
}

// after is the row about the fault after something legal.
func (f *fault) after(id, what string, before []oracle.Step) row {
	return bad(id+"-"+f.name, what+"; then "+f.what+".", []oracle.ClauseID{f.clause}, slices.Concat(before, f.steps)...)
}

// earlier is something legal, after which a fault comes.
type earlier struct {
	name, what string
	steps      []oracle.Step
}

// onceInAll are messages of each form, three in all.
var onceInAll = []oracle.Step{
	whole(wsproto.OpText, literal(hello)), part(wsproto.OpText, literal(fragment1)), pingOf("within"),
	whole(wsproto.OpContinuation, literal(fragment2)), whole(wsproto.OpText, literal("")),
}

// faultForms are faults in the forms in which frames come: of each kind, with a length of
// each size, alone and within a message of the opcode, which is compressed where there is
// what it is compressed to, in four frames. They are faults with permessage-deflate too.
func faultForms(outer wsproto.Opcode, packed [][]byte) []fault {
	text, binary, goesOn := wsproto.OpText, wsproto.OpBinary, wsproto.OpContinuation
	const rsv, opcode, stray, nested, cut, long = "rfc6455/5.2/rsv-fail", "rfc6455/5.2/opcode-fail", "rfc6455/5.4/continuation-fail",
		"rfc6455/5.4/interleaved-fail", "rfc6455/5.5/control-fragmented-fail", "rfc6455/5.5/control-length-fail"
	frames, within, wrong := messageParts(outer, fragment1, fragment2, fragment3, fragment4), "a "+kindOf(outer)+" message", messageParts(text, fragment1, "\xc3(", fragment2)
	if packed != nil {
		within, wrong = "a compressed"+within[1:], compressedParts(text, cutIn(3, fixedBlock(fragment1+"\xc3("))...)
		frames = compressedParts(outer, packed...)
	}
	open, middle, rest := frames[0], frames[1], frames[3]
	later := []oracle.Step{open, pingOf("within"), middle, frames[2]} // frames of the message with a ping among them
	bit := 2
	if outer == binary {
		bit = 3
	}
	ending := func(reason string) oracle.Payload { return literal(codeOctets(privateCode) + reason) }
	onLast, onPong := oracle.ClauseID(rsv), oracle.ClauseID(rsv)
	if packed != nil {
		onLast, onPong = "rfc7692/6.1/rsv1-continuation-fail", "rfc7692/6.1/rsv1-control-fail"
	}
	return []fault{
		{"rsv1-last", within + " in four frames with a ping between them, the last with RSV1", onLast, with(later, reserved(4, rest))},
		{"rsv1-pong-within", "a pong with RSV1, octet by octet, between the frames of " + within + ", after a ping", onPong, with(later, chopped(1, reserved(4, whole(wsproto.OpPong, literal("pong")))), rest)},
		{"length-2-63", "the header of a binary frame that declares a length of 2^63", "rfc6455/5.2/length-63bit-fail",
			[]oracle.Step{declaring(1<<63, wsproto.Form64, whole(binary, literal("hello")))}},
		{"rsv3-binary", "a binary frame with RSV3", rsv, []oracle.Step{reserved(1, whole(binary, literal(notText)))}},
		{"rsv2-empty", "an empty text frame with RSV2, octet by octet", rsv, []oracle.Step{chopped(1, reserved(2, whole(text, literal(""))))}},
		{"rsv3-126", "a text frame of 126 octets with RSV3", rsv, []oracle.Step{reserved(1, whole(text, repeated("*", 126)))}},
		{fmt.Sprintf("rsv%d-65536", bit), fmt.Sprintf("a binary frame of 65536 octets with RSV%d", bit), rsv, []oracle.Step{reserved(uint8(1<<(3-bit)), whole(binary, repeated("*", 65536)))}},
		{"rsv2-unfinished", "the first frame of a binary message with RSV2", rsv, []oracle.Step{reserved(2, part(binary, literal(notText))), rest}},
		{"rsv3-third", within + " in four frames with a ping between them, the last with RSV3", rsv, with(later, reserved(1, rest))},
		{"rsv2-pong", "a pong with RSV2", rsv, []oracle.Step{reserved(2, whole(wsproto.OpPong, literal("pong")))}},
		{"rsv3-ping-125", "a ping of 125 octets with RSV3", rsv, []oracle.Step{reserved(1, whole(wsproto.OpPing, repeated("*", 125)))}},
		{"rsv2-pong-within", "a pong with RSV2 between the frames of " + within, rsv, []oracle.Step{open, reserved(2, whole(wsproto.OpPong, literal("pong"))), rest}},
		{"rsv3-close-reason", "a close frame with a code of the application's own, a reason and RSV3, octet by octet", rsv, []oracle.Step{chopped(1, reserved(1, whole(wsproto.OpClose, ending("reason"))))}},
		{"rsv2-close-within", "the first frame of " + within + ", a ping, two more frames and a close frame with RSV2", rsv, with(later, reserved(2, whole(wsproto.OpClose, ending(""))))},
		{"opcode-3-126", "a frame of 126 octets with the opcode 3", opcode, []oracle.Step{whole(3, repeated("*", 126))}},
		{"opcode-4-65536", "a frame of 65536 octets with the opcode 4", opcode, []oracle.Step{whole(4, repeated("*", 65536))}},
		{"opcode-5-unfinished", "a frame with FIN clear and the opcode 5", opcode, []oracle.Step{part(5, literal(fragment1)), rest}},
		{"opcode-12-125", "a frame of 125 octets with the opcode 12", opcode, []oracle.Step{whole(12, repeated("*", 125))}},
		{"opcode-15-within", "a frame with the opcode 15 between the frames of " + within + ", after a ping", opcode, with(later, whole(15, literal("within")), rest)},
		{"continuation-empty", "an empty continuation frame", stray, []oracle.Step{whole(goesOn, literal(""))}},
		{"continuation-126", "a continuation frame of 126 octets", stray, []oracle.Step{whole(goesOn, repeated("*", 126))}},
		{"continuation-unfinished", "a continuation frame with FIN clear", stray, []oracle.Step{part(goesOn, literal(fragment2))}},
		{"nested-126", "the first frame of " + within + ", and a text frame of 126 octets", nested, []oracle.Step{open, whole(text, repeated("*", 126))}},
		{"nested-after-two", "three frames of " + within + " with a ping between them, and a binary frame", nested, with(later, whole(binary, literal(notText)))},
		{"nested-after-empty", "the empty first frame of a text message, and a text frame", nested, []oracle.Step{part(text, literal("")), whole(text, literal(hello))}},
		{"nested-after-pong", "the first frame of " + within + ", a pong and a text frame", nested, []oracle.Step{open, whole(wsproto.OpPong, literal("pong")), whole(text, literal(hello))}},
		{"pong-unfinished", "a pong with FIN clear", cut, []oracle.Step{part(wsproto.OpPong, literal("pong"))}},
		{"close-unfinished", "a close frame with a code of the application's own, a reason and FIN clear", cut, []oracle.Step{part(wsproto.OpClose, ending("reason"))}},
		{"ping-unfinished-within", "a ping with FIN clear between the frames of " + within + ", after another", cut, with(later, part(wsproto.OpPing, literal("ping")), rest)},
		{"pong-126", "a pong of 126 octets", long, []oracle.Step{whole(wsproto.OpPong, repeated("*", 126))}},
		{"close-200", "a close frame with a code of the application's own and a reason of 198 octets", long, []oracle.Step{whole(wsproto.OpClose, ending(strings.Repeat("*", 198)))}},
		{"ping-200-within", "a ping of 200 octets between the frames of " + within, long, []oracle.Step{open, whole(wsproto.OpPing, repeated("*", 200)), rest}},
		{"bad-utf8-fragments", "a text message in three frames, which is not UTF-8", "rfc6455/8.1/utf8-fail", wrong},
		{"bad-utf8-126", "a text message of 126 octets whose last one is not UTF-8, in pieces of five octets", "rfc6455/8.1/utf8-fail", []oracle.Step{chopped(5, whole(text, literal(strings.Repeat("a", 125)+"\xff")))}},
	}
}

// messageParts is a message with a frame for each payload.
func messageParts(op wsproto.Opcode, payloads ...string) []oracle.Step {
	return append([]oracle.Step{first(op, payloads[0])}, continued(payloads[1:]...)...)
}

// maskedWrongly is a frame that is masked where it must not be, or the reverse.
type maskedWrongly struct {
	name, what string
	before     []oracle.Step
	frame      oracle.Step
}

var maskForms = []maskedWrongly{
	{"-binary", "a binary frame", nil, whole(wsproto.OpBinary, literal(notText))},
	{"-126", "a text frame of 126 octets", nil, whole(wsproto.OpText, repeated("*", 126))},
	{"-65536", "a binary frame of 65536 octets", nil, whole(wsproto.OpBinary, repeated("*", 65536))},
	{"-unfinished", "the first frame of a message", nil, part(wsproto.OpText, literal(fragment1))},
	{"-last", "the first frame of a message, and its last one", []oracle.Step{part(wsproto.OpText, literal(fragment1))}, whole(wsproto.OpContinuation, literal(fragment2))},
	{"-ping", "a ping", nil, pingOf("ping")},
	{"-ping-within", "the first frame of a message, and a ping", []oracle.Step{part(wsproto.OpText, literal(fragment1))}, pingOf("within")},
	{"-pong", "a pong", nil, whole(wsproto.OpPong, literal("pong"))},
	{"-close-reason", "a close frame with a code of the application's own and a reason", nil, whole(wsproto.OpClose, literal(codeOctets(privateCode)+"reason"))},
}

// laterMasks are frames after something legal that are not masked by a client, or are
// by a server.
func laterMasks(name, what string, before []oracle.Step, forms []maskedWrongly) []row {
	var rows []row
	for _, side := range []struct {
		name, what string
		roles      Roles
		masking    oracle.Masking
		clause     oracle.ClauseID
	}{
		{"unmasked", "that is not masked", AsClient, oracle.MaskNever, "rfc6455/5.1/server-closes-unmasked"},
		{"masked", "that is masked", AsServer, oracle.MaskAlways, "rfc6455/5.1/client-closes-masked"},
	} {
		for _, f := range forms {
			f.frame.Masking = side.masking
			rows = append(rows, onlyOf(side.roles, bad("5.1/after-"+name+"-"+side.name+f.name, what+"; then "+f.what+" "+side.what+".",
				[]oracle.ClauseID{side.clause}, slices.Concat(before, f.before, []oracle.Step{f.frame})...)))
		}
	}
	return rows
}
