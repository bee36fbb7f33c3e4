package catalogue

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Fragments of a message, one frame each.
const (
	fragment1 = "fragment1"
	fragment2 = "fragment2"
	fragment3 = "fragment3"
	fragment4 = "fragment4"
	fragment5 = "fragment5"
)

var fragmentation = []string{"RFC 6455 5.4"}

// section5 splits messages into frames, well and badly.
func section5() []entry {
	return slices.Concat(
		fragmentedControls(), fragmentedTexts(), strayContinuations(), brokenSequences(), fragmentsAndPings(),
	)
}

// fragmentedControls are control frames that claim to be continued.
func fragmentedControls() []entry {
	var rows []entry
	for i, op := range []wsproto.Opcode{wsproto.OpPing, wsproto.OpPong} {
		rows = append(rows, entry{
			id: fmt.Sprintf("5.%d", i+1),
			sends: fmt.Sprintf("A %s with FIN clear, and then a continuation frame with FIN set: a control frame in two fragments.",
				kindOf(op)),
			wants: "There is no pong and no message." + thenFailed,
			rfc:   []string{"RFC 6455 5.4", "RFC 6455 5.5"},
			steps: []oracle.Step{
				part(op, literal(fragment1)),
				whole(wsproto.OpContinuation, literal(fragment2)),
				failAfter(time.Second),
			},
			expect: failed(),
		})
	}
	return rows
}

// fragmentedTexts are a text message in two frames, without and with a ping
// between them.
func fragmentedTexts() []entry {
	const payload = "ping payload"
	var rows []entry
	for _, injected := range []bool{false, true} {
		for _, w := range []writing{together, apart, octetwise} {
			frames := []oracle.Step{
				part(wsproto.OpText, literal(fragment1)),
				whole(wsproto.OpContinuation, literal(fragment2)),
			}
			e := entry{
				id:     fmt.Sprintf("5.%d", 3+len(rows)),
				sends:  "A text message in two frames of 9 octets." + w.phrase(),
				wants:  "The message of 18 octets is echoed whole." + thenClosed,
				rfc:    fragmentation,
				expect: accepted(textEcho(fragment1 + fragment2)),
			}
			if injected {
				frames = slices.Insert(frames, 1, whole(wsproto.OpPing, literal(payload)))
				e.sends = "A text message in two frames of 9 octets, with a ping between them." + w.phrase()
				e.wants = "The ping is answered first, by a pong with its payload; then the message of 18 octets is echoed whole." + thenClosed
				e.rfc = []string{"RFC 6455 5.4", "RFC 6455 5.5.2"}
				e.expect = accepted(pong(literal(payload)), textEcho(fragment1+fragment2))
			}
			e.steps = append(w.apply(frames...), closeAfter(time.Second))
			rows = append(rows, e)
		}
	}
	return rows
}

// strayContinuations are continuation frames where no message is under way.
func strayContinuations() []entry {
	var rows []entry
	for _, fin := range []bool{true, false} {
		for _, w := range []writing{together, apart, octetwise} {
			stray := part(wsproto.OpContinuation, literal("non-continuation payload"))
			stray.Frame.Fin = fin
			state := "set"
			if !fin {
				state = "clear"
			}
			rows = append(rows, entry{
				id: fmt.Sprintf("5.%d", 9+len(rows)),
				sends: fmt.Sprintf("A continuation frame with FIN %s although no message is under way, then a good text message.",
					state) + w.phrase(),
				wants:  "The continuation frame is an error and what follows it is not echoed." + thenFailed,
				rfc:    fragmentation,
				steps:  append(w.apply(stray, whole(wsproto.OpText, literal(hello))), failAfter(time.Second)),
				expect: failed(),
			})
		}
	}
	return rows
}

// brokenSequences are longer sequences of frames with an error in the order of
// opcodes.
func brokenSequences() []entry {
	twice := func(steps ...oracle.Step) []oracle.Step {
		return append(slices.Concat(steps, steps), failAfter(time.Second))
	}
	return []entry{
		{
			id: "5.15",
			sends: "A text message in two frames; then a continuation frame with FIN clear, which continues nothing; " +
				"then a text message in one frame.",
			wants: "The first message is echoed, and nothing after it." + thenFailed + strictly,
			rfc:   fragmentation,
			steps: []oracle.Step{
				part(wsproto.OpText, literal(fragment1)),
				whole(wsproto.OpContinuation, literal(fragment2)),
				part(wsproto.OpContinuation, literal(fragment3)),
				whole(wsproto.OpText, literal(fragment4)),
				failAfter(time.Second),
			},
			expect: failedAfter(textEcho(fragment1 + fragment2)),
		},
		{
			id: "5.16",
			sends: "Twice: a continuation frame with FIN clear although no message is under way, " +
				"then a text message in two frames.",
			wants: "The first frame is an error and what follows it is not echoed." + thenFailed,
			rfc:   fragmentation,
			steps: twice(
				part(wsproto.OpContinuation, literal(fragment1)),
				part(wsproto.OpText, literal(fragment2)),
				whole(wsproto.OpContinuation, literal(fragment3)),
			),
			expect: failed(),
		},
		{
			id: "5.17",
			sends: "Twice: a continuation frame with FIN set although no message is under way, " +
				"then a text message in two frames.",
			wants: "The first frame is an error and what follows it is not echoed." + thenFailed,
			rfc:   fragmentation,
			steps: twice(
				whole(wsproto.OpContinuation, literal(fragment1)),
				part(wsproto.OpText, literal(fragment2)),
				whole(wsproto.OpContinuation, literal(fragment3)),
			),
			expect: failed(),
		},
		{
			id: "5.18",
			sends: "A text message in two frames; the second has the text opcode instead of that of a continuation: " +
				"a new message inside an unfinished one.",
			wants: "Nothing is echoed." + thenFailed,
			rfc:   fragmentation,
			steps: []oracle.Step{
				part(wsproto.OpText, literal(fragment1)),
				whole(wsproto.OpText, literal(fragment2)),
				failAfter(time.Second),
			},
			expect: failed(),
		},
	}
}

// fragmentsAndPings are a text message in five frames with two pings among
// them and a pause in the middle.
func fragmentsAndPings() []entry {
	const ping1, ping2 = "pongme 1!", "pongme 2!"
	fragments := []string{fragment1, fragment2, fragment3, fragment4, fragment5}
	var rows []entry
	for i, w := range []writing{together, apart} {
		rows = append(rows, entry{
			id: fmt.Sprintf("5.%d", 19+i),
			sends: "A text message in five frames of 9 octets, with a ping after the second and one after the fourth, " +
				"and a pause of one second after the first ping." + w.phrase(),
			wants: "Each ping is answered by a pong with its payload, the first one during the pause; " +
				"then the message of 45 octets is echoed whole." + thenClosed,
			rfc: []string{"RFC 6455 5.4", "RFC 6455 5.5.2"},
			steps: w.apply(
				part(wsproto.OpText, literal(fragment1)),
				part(wsproto.OpContinuation, literal(fragment2)),
				whole(wsproto.OpPing, literal(ping1)),
				wait(time.Second, ""),
				part(wsproto.OpContinuation, literal(fragment3)),
				part(wsproto.OpContinuation, literal(fragment4)),
				whole(wsproto.OpPing, literal(ping2)),
				whole(wsproto.OpContinuation, literal(fragment5)),
				closeAfter(time.Second),
			),
			expect: accepted(
				pong(literal(ping1)), pong(literal(ping2)), textEcho(strings.Join(fragments, "")),
			),
		})
	}
	return rows
}
