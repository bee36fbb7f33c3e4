package catalogue

import (
	"fmt"
	"slices"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// deflateBits are about RSV1, which marks the first frame of a compressed
// message and no other (RFC 7692 6).
func deflateBits() []row {
	return slices.Concat(strayRSV1(), otherReservedBits(), withoutAgreement(), faultsInPlaces(), faultsAfterCompressed(), closesAfterCompressed())
}

// strayRSV1 sets RSV1 where it does not belong.
func strayRSV1() []row {
	onContinuation, onControl := []oracle.ClauseID{"rfc7692/6.1/rsv1-continuation-fail"}, []oracle.ClauseID{"rfc7692/6.1/rsv1-control-fail"}
	text, goesOn := wsproto.OpText, wsproto.OpContinuation
	marked := func(s oracle.Step) oracle.Step { return reserved(4, s) }
	packed := cutEvery(5, fixedBlock(hello))
	first, second, last := marked(part(text, literal(string(packed[0])))), part(goesOn, literal(string(packed[1]))),
		whole(goesOn, literal(string(slices.Concat(packed[2:]...))))
	var rows []row
	add := func(name, sends string, clauses []oracle.ClauseID, steps ...oracle.Step) {
		rows = append(rows, bad("6.1/rsv1-"+name, sends, clauses, steps...))
	}

	add("last-frame", "A compressed text message in three frames, with RSV1 set on the first and on the last.", onContinuation, first, second, marked(last))
	add("middle-frame", "A compressed text message in three frames, with RSV1 set on the first and on the second.", onContinuation, first, marked(second), last)
	add("every-frame", "A compressed text message in three frames, with RSV1 set on all of them.", onContinuation, first, marked(second), marked(last))
	add("empty-frame", "A compressed text message whose second frame is empty and has RSV1 set.", onContinuation,
		first, marked(part(goesOn, literal(""))), second, last)
	add("empty-last-frame", "A compressed text message whose last frame is empty and has RSV1 set.", onContinuation,
		marked(part(text, literal(string(fixedBlock(hello))))), marked(whole(goesOn, literal(""))))
	add("late", "An uncompressed text message in two frames, with RSV1 set on the second, which has 200 octets.", onContinuation,
		part(text, literal(fragment1)), marked(whole(goesOn, repeated("*", 200))))
	add("late-compressed", "A text message in two frames: the first has no payload and RSV1 clear, the second has RSV1 set and all of a compressed message.",
		onContinuation, part(text, literal("")), marked(whole(goesOn, literal(string(fixedBlock(hello))))))
	add("after-ping", "A compressed text message in frames with a ping between the first two; the frame after the ping has RSV1 set again.",
		onContinuation, first, pingOf("within"), marked(second), last)
	add("second-message", "A compressed text message, whose echo is awaited; then one in three frames with RSV1 set on the last too.", onContinuation,
		compressed(text, fixedBlock(hello)), echoed(1), first, second, marked(last))

	add("ping", "A ping with RSV1 set.", onControl, marked(pingOf("ping")))
	add("ping-empty", "A ping without a payload and with RSV1 set.", onControl, marked(pingOf("")))
	add("ping-compressed", "A ping with RSV1 set whose payload is compressed.", onControl, marked(pingOf(string(fixedBlock("ping")))))
	add("pong", "A pong with RSV1 set.", onControl, marked(whole(wsproto.OpPong, literal("pong"))))
	add("close", "A close frame with RSV1 set.", onControl, marked(whole(wsproto.OpClose, literal(codeOctets(wsproto.CloseNormal)))))
	add("close-compressed", "A close frame with RSV1 set whose payload is compressed.", onControl,
		marked(whole(wsproto.OpClose, literal(string(fixedBlock(codeOctets(wsproto.CloseNormal)))))))
	add("ping-within", "Between the frames of a compressed text message, a ping and one with RSV1 set.", onControl, first, pingOf("within"), marked(pingOf("within")), second, last)
	add("ping-within-plain", "Between the frames of an uncompressed text message, a ping with RSV1 set.", onControl,
		part(text, literal(fragment1)), marked(pingOf("within")), whole(goesOn, literal(fragment2)))
	rows = append(rows, bad("6.1/text-in-compressed", "The first frame of a compressed text message, and then a whole compressed text message.",
		[]oracle.ClauseID{"rfc6455/5.4/interleaved-fail"}, first, compressed(text, fixedBlock(hello))))
	return overDeflate(rows...)
}

// otherReservedBits are those that permessage-deflate has no use for.
func otherReservedBits() []row {
	clauses := []oracle.ClauseID{"rfc6455/5.2/rsv-fail"}
	var rows []row
	for _, bits := range []uint8{1, 2, 3, 5, 6, 7} {
		payload, how := []byte(hello), "an uncompressed"
		if bits&4 != 0 {
			payload, how = fixedBlock(hello), "a compressed"
		}
		rows = append(rows, bad("6/rsv-"+bitDigits(bits), fmt.Sprintf("Set on %s text message, where permessage-deflate alone is negotiated: %s.", how, rsvNames(bits)),
			clauses, reserved(bits, whole(wsproto.OpText, literal(string(payload))))))
	}
	return saying(overDeflate(rows...), "RFC 6455 5.2")
}

// withoutAgreement sets RSV1 where permessage-deflate is not in use: nobody
// offered it, or our offer has to be declined.
func withoutAgreement() []row {
	clauses := []oracle.ClauseID{"rfc6455/5.2/rsv-fail"}
	text := wsproto.OpText
	var rows []row
	for _, f := range []struct {
		name, what string
		steps      []oracle.Step
	}{
		{"text", "a compressed text message", []oracle.Step{compressed(text, fixedBlock(hello))}},
		{"binary", "a compressed binary message", []oracle.Step{compressed(wsproto.OpBinary, fixedBlock(notText))}},
		{"empty", "a compressed empty text message", []oracle.Step{compressed(text, []byte{0})}},
		{"fragments", "a compressed text message in two frames", compressedParts(text, cutEvery(9, fixedBlock(hello))...)},
		{"second", "a right text message, and a compressed one after it",
			[]oracle.Step{whole(text, literal(hello)), echoed(1), compressed(text, fixedBlock(hello))}},
	} {
		rows = append(rows, bad("6/not-negotiated-"+f.name, "Without permessage-deflate in use, "+f.what+" with RSV1 set.", clauses, f.steps...))
	}
	declined := bad("6/not-negotiated-declined",
		"An offer with a window of 16 bits, which the server has to decline; then a compressed text message all the same.",
		with(clauses, "rfc7692/7.1/decline-value"), compressed(text, fixedBlock(hello)))
	declined.roles, declined.open.Offers = AsClient, []string{plainOffer + "; server_max_window_bits=16"}
	return saying(append(rows, declined), "RFC 6455 5.2")
}

// faultsAfterCompressed are frames that no peer may take, after compressed messages of each
// form.
func faultsAfterCompressed() []row {
	const what = "Compressed text messages in one frame and in three with a ping between them, whose echoes are awaited"
	packed := compressedParts(wsproto.OpText, cutIn(3, fixedBlock(hello))...)
	before := slices.Concat([]oracle.Step{compressed(wsproto.OpText, fixedBlock(hello)), packed[0], pingOf("within")}, packed[1:], []oracle.Step{echoed(2)})
	var rows []row
	for i, f := range faultForms(wsproto.OpText, cutIn(4, fixedBlock(hello))) {
		sends, steps := what, before
		if i%2 == 1 {
			sends, steps = what+", an uncompressed one too, and two seconds of silence", with(before, whole(wsproto.OpText, literal(hello)), echoed(3), wait(aWhile, ""))
		}
		rows = append(rows, f.after("6.2/late", sends, steps))
	}
	rows = overDeflate(rows...)
	for i, f := range []oracle.Step{compressed(wsproto.OpText, fixedBlock(hello)), pingOf("ping")} {
		name, sends, steps := kindOf(f.Frame.Opcode), what, before
		if i > 0 {
			sends, steps = what+", and the first frame of one more", with(before, packed[0])
		}
		rows = append(rows, maskedWrong(len(steps), bad("6.2/late-mask-"+name, sends+"; then a "+name+" frame"+maskedWrongWords+".", nil, with(steps, f)...))...)
	}
	return rows
}

// closesAfterCompressed are close frames that are wrong, after a compressed message.
func closesAfterCompressed() []row {
	const wrong = "The peer answers with a close frame of another code or without one, or drops the connection."
	small := []oracle.Step{compressed(wsproto.OpText, fixedBlock(hello)), echoed(1)}
	const reply, defined = oracle.ClauseID("rfc6455/5.5.1/close-reply"), oracle.ClauseID("rfc6455/7.4.2/code-defined")
	rows := []row{
		closeRow("6.2/close-after-code-1006", "A compressed text message whose echo is awaited, and a close frame with code 1006, which must not be sent.",
			wrong, []oracle.ClauseID{reply, "rfc6455/7.4.1/code-1006"}, with(small, closing(wsproto.CloseAbnormal, ""))...),
		closeRow("6.2/close-after-plain-code-999", "A compressed text message and an uncompressed one, whose echoes are awaited, and a close frame with code 999, which must not be sent.",
			wrong, []oracle.ClauseID{reply, defined}, with(small, whole(wsproto.OpText, literal(hello)), echoed(2), closing(999, ""))...),
	}
	rows = overDeflate(rows...)
	for i := range rows {
		if r := &rows[i]; r.end != oracle.EndAwait { // a pong or an echo shows that a client has not failed the connection
			r.steps, r.end = r.steps[:len(r.steps)-1], oracle.EndAwait
		}
	}
	return saying(rows, "RFC 6455 5.5.1")
}
