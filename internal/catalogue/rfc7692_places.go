package catalogue

import (
	"fmt"
	"slices"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// faultsInPlaces are faults of framing where permessage-deflate is in use, each in each
// place that such a frame can have: a peer that compresses has code of its own for most.
func faultsInPlaces() []row {
	return slices.Concat(controlsInPlaces(), laterFrames(), unfinishedBefore())
}

// inPieces are the forms of a text message in four frames.
func inPieces() []earlier {
	return []earlier{
		{"plain", "an uncompressed", messageParts(wsproto.OpText, fragment1, fragment2, fragment3, fragment4)},
		{"compressed", "a compressed", compressedParts(wsproto.OpText, cutIn(4, fixedBlock(hello))...)},
	}
}

// controlsInPlaces are control frames that no peer may take: before any message, between the
// frames of one, and after one.
func controlsInPlaces() []row {
	const rsv, opcode, cut, long, onControl = "rfc6455/5.2/rsv-fail", "rfc6455/5.2/opcode-fail", "rfc6455/5.5/control-fragmented-fail",
		"rfc6455/5.5/control-length-fail", "rfc7692/6.1/rsv1-control-fail"
	forms := inPieces()
	places := []struct {
		name, what    string
		before, after []oracle.Step
	}{
		{name: "first", what: "As the first frame of the connection"},
		{"in-" + forms[0].name, "Between the frames of " + forms[0].what + " text message", forms[0].steps[:2], forms[0].steps[2:]},
		{"in-" + forms[1].name, "Between the frames of " + forms[1].what + " text message", forms[1].steps[:2], forms[1].steps[2:]},
		{"after", "After a compressed text message in four frames, whose echo is awaited", with(forms[1].steps, echoed(1)), nil},
	}
	var rows []row
	for i, place := range places {
		add := func(name, what string, clause oracle.ClauseID, frame oracle.Step) {
			rows = append(rows, overDeflate(bad("6.1/control-"+place.name+"-"+name, place.what+", "+what+".", []oracle.ClauseID{clause},
				slices.Concat(place.before, []oracle.Step{frame}, place.after)...))...)
		}
		for _, op := range []wsproto.Opcode{wsproto.OpPing, wsproto.OpPong, wsproto.OpClose} {
			name, payload, longer := kindOf(op), kindOf(op), repeated("*", 126)
			if op == wsproto.OpClose {
				if len(place.after) > 0 {
					continue // a close frame there has cases of its own
				}
				payload = codeOctets(privateCode) + "reason"
				longer = literal(codeOctets(privateCode) + string(longer.AppendRange(nil, 2, 126)))
			}
			frame, what := whole(op, literal(payload)), "a "+name+" frame"
			add(name+"-unfinished", what+" with FIN clear", cut, part(op, literal(payload)))
			add(name+"-unfinished-empty", what+" with FIN clear and no payload", cut, part(op, literal("")))
			add(name+"-126", what+" of 126 octets", long, whole(op, longer))
			add(name+"-rsv1", what+" with RSV1", onControl, reserved(4, frame))
			add(name+"-rsv2", what+" with RSV2", rsv, reserved(2, frame))
			add(name+"-rsv3", what+" with RSV3", rsv, reserved(1, frame))
			rows = append(rows, maskedWrong(len(place.before), bad("6.1/control-"+place.name+"-"+name+"-mask", place.what+", "+what+maskedWrongWords+".", nil,
				slices.Concat(place.before, []oracle.Step{frame}, place.after)...))...)
		}
		for op := wsproto.Opcode(11); op < 16; op++ {
			add(fmt.Sprintf("opcode-%d", op), fmt.Sprintf("a frame with the opcode %d, reserved for a control frame", op), opcode,
				whole(op, literal([]string{"", "within"}[(int(op)+i)%2])))
		}
	}
	return rows
}

// laterFrames are messages in four frames, compressed and not. One of the last three frames is
// such that no peer may take it.
func laterFrames() []row {
	const rsv, onContinuation, nested = "rfc6455/5.2/rsv-fail", "rfc7692/6.1/rsv1-continuation-fail", "rfc6455/5.4/interleaved-fail"
	var rows []row
	for _, form := range inPieces() {
		for at, place := range []string{1: "second", 2: "third", 3: "last"} {
			if at == 0 {
				continue
			}
			sends := "Of " + form.what + " text message in four frames, the " + place + " one "
			changed := func(change func(*oracle.Step)) []oracle.Step {
				steps := slices.Clone(form.steps)
				change(&steps[at])
				return steps
			}
			add := func(name, what string, clauses []oracle.ClauseID, steps ...oracle.Step) {
				rows = append(rows, overDeflate(bad("6.1/frame-"+form.name+"-"+place+"-"+name, sends+what+".", clauses, steps...))...)
			}
			add("rsv1", "has RSV1", []oracle.ClauseID{onContinuation}, changed(func(s *oracle.Step) { s.Frame.Rsv = 4 })...)
			add("rsv2", "has RSV2", []oracle.ClauseID{rsv}, changed(func(s *oracle.Step) { s.Frame.Rsv = 2 })...)
			add("rsv3", "has RSV3", []oracle.ClauseID{rsv}, changed(func(s *oracle.Step) { s.Frame.Rsv = 1 })...)
			for _, op := range []wsproto.Opcode{wsproto.OpText, wsproto.OpBinary} {
				add(kindOf(op), "has the opcode of a "+kindOf(op)+" message", []oracle.ClauseID{nested}, changed(func(s *oracle.Step) { s.Frame.Opcode = op })...)
			}
			op := wsproto.Opcode(2*at + 1)
			add(fmt.Sprintf("opcode-%d", op), fmt.Sprintf("has the opcode %d, reserved for a data frame", op), []oracle.ClauseID{"rfc6455/5.2/opcode-fail", nested},
				changed(func(s *oracle.Step) { s.Frame.Opcode = op })...)
			add("length-2-63", "declares a length that is 2^63 too great", []oracle.ClauseID{"rfc6455/5.2/length-63bit-fail"},
				changed(func(s *oracle.Step) { *s = declaring(1<<63|uint64(s.Payload.Size()), wsproto.Form64, *s) })...)
			rows = append(rows, maskedWrong(at, bad("6.1/frame-"+form.name+"-"+place+"-mask", sends+"is a frame"+maskedWrongWords+".", nil, form.steps...))...)
		}
	}
	for _, before := range []earlier{
		{"none", "A", nil},
		{"compressed", "After a compressed text message in four frames, whose echo is awaited, a", with(inPieces()[1].steps, echoed(1))},
	} {
		stray := reserved(4, whole(wsproto.OpContinuation, literal(string(fixedBlock(hello)))))
		rows = append(rows, overDeflate(bad("6.1/frame-stray-"+before.name+"-rsv1", before.what+" continuation frame of nothing, with RSV1 and all of a compressed message.",
			[]oracle.ClauseID{onContinuation, "rfc6455/5.4/continuation-fail"}, with(before.steps, stray)...))...)
	}
	return rows
}

// unfinishedBefore are compressed messages that lack their end, and the end of our direction.
// They are for servers: a client without compression fails on our response, and whether it
// does so before that end is chance.
func unfinishedBefore() []row {
	packed := compressedParts(wsproto.OpText, cutIn(3, fixedBlock(hello))...)
	var rows []row
	for _, e := range []earlier{
		{"in-message", "The first two of three frames of a compressed text message", packed[:2]},
		{"in-frame", "The first of three frames of a compressed text message, and the second without the last of its octets",
			[]oracle.Step{packed[0], declaring(uint64(packed[1].Payload.Size()+1), wsproto.FormMinimal, packed[1])}},
		{"after-ping", "The first frame of a compressed text message, and a ping", []oracle.Step{packed[0], pingOf("within")}},
	} {
		r := row{id: "6.2/half-close-" + e.name, roles: AsClient, open: oracle.Handshake{Offers: []string{usualOffer}}, sends: e.what + ", and the end of our direction.",
			wants:   "What there was of the message does not come back. The peer ends the connection too: no close frame can come any more.",
			clauses: []oracle.ClauseID{"wscheck/echo-content"}, steps: with(e.steps, step(oracle.StepShutdown), ended()), end: oracle.EndNone}
		rows = append(rows, r)
	}
	return rows
}

// maskedWrongWords say of a frame what [maskedWrong] does to it.
const maskedWrongWords = " that is masked though we are the server, or is not though we are the client"

// maskedWrong is [overDeflate] of a row, with one of its frames masked by the server, or not
// masked by the client.
func maskedWrong(at int, r row) []row {
	sides := overDeflate(r)
	for i := range sides {
		side := &sides[i]
		wrong, clause := oracle.MaskNever, oracle.ClauseID("rfc6455/5.1/server-closes-unmasked")
		if side.roles == AsServer {
			wrong, clause = oracle.MaskAlways, "rfc6455/5.1/client-closes-masked"
		}
		side.steps = slices.Clone(side.steps)
		side.steps[at].Masking, side.clauses = wrong, []oracle.ClauseID{clause}
	}
	return sides
}
