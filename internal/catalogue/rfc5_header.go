package catalogue

import (
	"fmt"
	"slices"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// headers are about the first octet of a frame: its reserved bits and its
// opcode (RFC 6455 5.2).
func headers() []row { return slices.Concat(reservedBitSweep(), reservedOpcodeSweep(), laterFaults()) }

// bitDigits writes RSV1, RSV2 and RSV3 as digits: 4 is "100".
func bitDigits(bits uint8) string { return fmt.Sprintf("%03b", bits) }

// reservedBitSweep sets each combination of reserved bits on each kind of
// frame.
func reservedBitSweep() []row {
	clauses := []oracle.ClauseID{"rfc6455/5.2/rsv-fail"}
	pieces := messageParts(wsproto.OpText, fragment1, fragment2, fragment3, fragment4)
	var rows []row
	for bits := uint8(1); bits < 8; bits++ {
		marked := func(s oracle.Step) oracle.Step { return reserved(bits, s) }
		for _, f := range []struct {
			name, what string
			steps      []oracle.Step
		}{
			{"text", "a text frame", []oracle.Step{marked(whole(wsproto.OpText, literal(hello)))}},
			{"text-empty", "an empty text frame", []oracle.Step{marked(whole(wsproto.OpText, literal("")))}},
			{"binary", "a binary frame", []oracle.Step{marked(whole(wsproto.OpBinary, literal(notText)))}},
			{"first-fragment", "the first of two frames of a message",
				[]oracle.Step{marked(part(wsproto.OpText, literal(fragment1))), whole(wsproto.OpContinuation, literal(fragment2))}},
			{"continuation", "the second of two frames of a message",
				[]oracle.Step{part(wsproto.OpText, literal(fragment1)), marked(whole(wsproto.OpContinuation, literal(fragment2)))}},
			{"ping", "a ping", []oracle.Step{marked(whole(wsproto.OpPing, literal("ping")))}},
			{"pong", "a pong", []oracle.Step{marked(whole(wsproto.OpPong, literal("pong")))}},
			{"close", "a close frame with code 1000", []oracle.Step{marked(whole(wsproto.OpClose, literal(codeOctets(wsproto.CloseNormal))))}},
			{"ping-within", "a ping between the two frames of a message",
				[]oracle.Step{part(wsproto.OpText, literal(fragment1)), marked(whole(wsproto.OpPing, literal("ping"))),
					whole(wsproto.OpContinuation, literal(fragment2))}},
			{"pong-within", "a pong between the two frames of a message",
				[]oracle.Step{part(wsproto.OpText, literal(fragment1)), marked(whole(wsproto.OpPong, literal("pong"))),
					whole(wsproto.OpContinuation, literal(fragment2))}},
			{"third-fragment", "the third of four frames of a message",
				slices.Concat(pieces[:2], []oracle.Step{marked(pieces[2])}, pieces[3:])},
		} {
			rows = append(rows, bad("5.2/rsv-"+bitDigits(bits)+"-"+f.name,
				fmt.Sprintf("Set on %s, though no extension is negotiated: %s.", f.what, rsvNames(bits)), clauses, f.steps...))
		}
	}
	return append(rows,
		bad("5.2/rsv-second-message", "A right text message, whose echo is awaited, and then one with RSV1.", clauses,
			whole(wsproto.OpText, literal(hello)), echoed(1), reserved(4, whole(wsproto.OpText, literal(world)))),
		bad("5.2/rsv-octetwise", "A text frame with RSV2, octet by octet.", clauses,
			chopped(1, reserved(2, whole(wsproto.OpText, literal(hello))))),
	)
}

// reservedOpcodeSweep sends those without a meaning, in every place that a frame can
// have.
func reservedOpcodeSweep() []row {
	var rows []row
	for op := wsproto.Opcode(3); op < 16; op++ {
		if !op.IsReserved() {
			continue
		}
		clauses := []oracle.ClauseID{"rfc6455/5.2/opcode-fail"}
		kind, unfinished, within := "data", clauses, with(clauses, "rfc6455/5.4/interleaved-fail")
		if op.IsControl() {
			kind, unfinished, within = "control", with(clauses, "rfc6455/5.5/control-fragmented-fail"), clauses
		}
		id := fmt.Sprintf("5.2/opcode-%d", op)
		what := fmt.Sprintf("the opcode %d, reserved for a %s frame", op, kind)
		rows = append(rows,
			bad(id+"-empty", "An empty frame with "+what+".", clauses, whole(op, literal(""))),
			bad(id+"-payload", "A frame of 13 octets with "+what+".", clauses, whole(op, literal(hello))),
			bad(id+"-unfinished", "A frame with FIN clear and "+what+", and a continuation frame after it.", unfinished,
				part(op, literal(fragment1)), whole(wsproto.OpContinuation, literal(fragment2))),
			bad(id+"-within", "Between the two frames of a text message, a frame with "+what+".", within,
				part(wsproto.OpText, literal(fragment1)), whole(op, literal("within")), whole(wsproto.OpContinuation, literal(fragment2))),
		)
	}
	for _, n := range []int{126, 65536} {
		rows = append(rows, bad(fmt.Sprintf("5.2/opcode-11-%d", n),
			fmt.Sprintf("A frame of %d octets with the opcode 11, reserved for a control frame.", n),
			[]oracle.ClauseID{"rfc6455/5.2/opcode-fail", "rfc6455/5.5/control-length-fail"}, whole(11, repeated("*", n))))
	}
	return rows
}
