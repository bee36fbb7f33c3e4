package catalogue

import (
	"fmt"
	"slices"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// endings are about the end of the connection other than by a plain close (RFC
// 6455 7.1, 7.2).
func endings() []row {
	return slices.Concat(halfCloses(), abruptEnds(), simultaneousCloses(), afterFailure())
}

// halfCloses shut down our sending direction: no more octets can come.
func halfCloses() []row {
	shut := step(oracle.StepShutdown)
	end := closing(wsproto.CloseNormal, "")
	greet := whole(wsproto.OpText, literal(hello))
	var rows []row
	add := func(name, sends, wants string, clauses []oracle.ClauseID, steps ...oracle.Step) {
		rows = append(rows, row{id: "7.1.1/half-close-" + name, roles: InBoth, sends: sends, wants: wants, clauses: clauses,
			steps: append(steps, ended()), end: oracle.EndNone})
	}
	const gone = "The peer ends the connection too: no close frame can come any more."
	clean := []oracle.ClauseID{"rfc6455/5.5.1/close-tcp"}
	add("idle", "The end of our direction, with nothing before it.", gone, clean, shut)
	add("after-echo", "A text message whose echo is awaited, and the end of our direction.", "The message comes back. "+gone, echoClauses, greet, echoed(1), shut)
	add("after-text", "A text message, and the end of our direction at once.",
		"The message may come back: the peer can still send. "+gone, clean, greet, shut)
	add("after-ping", "A ping, and the end of our direction at once.", "The ping may be answered. "+gone, clean, pingOf("last"), shut)
	add("in-header", "The first octet of a frame, and the end of our direction.", gone, clean, raw("\x81"), shut)
	const unfinished = "What there was of the message may come back, but not as a whole one. " + gone
	add("in-payload", "A text frame that lacks the last of its octets, and the end of our direction.", unfinished,
		[]oracle.ClauseID{"wscheck/echo-content"},
		declaring(uint64(len(hello)), wsproto.FormMinimal, whole(wsproto.OpText, literal(hello[:len(hello)-1]))), shut)
	add("in-message", "The first of two frames of a text message, and the end of our direction.", unfinished,
		[]oracle.ClauseID{"wscheck/echo-content"}, first(wsproto.OpText, fragment1), shut)
	add("after-close", "A close frame with code 1000, and the end of our direction at once.",
		"The peer answers the close frame: its own direction is open. A proxy may end both directions with one, which is noted of a peer that may be behind one."+thenAnswered, closeClauses, end, shut)
	add("after-close-amid", "The first of two frames of a text message, a close frame, and the end of our direction.",
		"The peer answers the close frame."+thenAnswered, closeClauses, first(wsproto.OpText, fragment1), end, shut)
	return rows
}

// abruptEnds drop the connection or reset it in the middle of something. What
// they show is a peer that does not survive it.
func abruptEnds() []row {
	answered := oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitClose, Timeout: patience}
	half := declaring(1000, wsproto.FormMinimal, whole(wsproto.OpText, repeated("*", 500)))
	greet := whole(wsproto.OpText, literal(hello))
	var rows []row
	for _, how := range []struct {
		name, what string
		kind       oracle.StepKind
	}{
		{"reset", "a reset of the connection", oracle.StepReset},
		{"drop", "the end of the connection in both directions", oracle.StepDrop},
	} {
		for _, at := range []struct {
			name, what string
			steps      []oracle.Step
		}{
			{"idle", "Nothing but ", nil},
			{"after-echo", "A text message whose echo is awaited, and ", usable()},
			{"in-header", "The first octet of a frame, and ", []oracle.Step{raw("\x81")}},
			{"in-payload", "Half of a text frame of 1000 octets, and ", []oracle.Step{half}},
			{"in-message", "The first of two frames of a text message, and ", []oracle.Step{first(wsproto.OpText, fragment1)}},
			{"in-control", "The header of a ping and half of its payload, and ",
				[]oracle.Step{declaring(10, wsproto.FormMinimal, whole(wsproto.OpPing, literal("hello")))}},
		} {
			rows = append(rows, row{
				id: "7.2.1/" + how.name + "-" + at.name, roles: InBoth,
				sends:   at.what + how.what + ".",
				wants:   "The peer gives the connection up, and continues to serve others.",
				clauses: []oracle.ClauseID{"wscheck/peer-died", "wscheck/peer-hung"},
				steps:   append(slices.Clone(at.steps), step(how.kind)),
				end:     oracle.EndNone,
			})
		}
		rows = append(rows, row{
			id: "7.2.1/" + how.name + "-after-close", roles: InBoth,
			sends:   "A text message whose echo is awaited, a close frame whose answer is awaited, and " + how.what + " after it.",
			wants:   "The peer gives the connection up, and continues to serve others.",
			clauses: []oracle.ClauseID{"wscheck/peer-died", "wscheck/peer-hung"},
			steps:   []oracle.Step{greet, echoed(1), closing(wsproto.CloseNormal, ""), answered, step(how.kind)},
			end:     oracle.EndNone,
		})
	}
	return rows
}

// simultaneousCloses have both sides close at once: the peer for an error, our
// side with a close frame right after it.
func simultaneousCloses() []row {
	var rows []row
	for _, e := range []struct {
		name, what string
		clauses    []oracle.ClauseID
		frame      oracle.Step
	}{
		{"reserved-opcode", "A frame with a reserved opcode", []oracle.ClauseID{"rfc6455/5.2/opcode-fail"}, whole(3, literal(hello))},
		{"reserved-bits", "A text frame with all reserved bits", []oracle.ClauseID{"rfc6455/5.2/rsv-fail"}, reserved(7, whole(wsproto.OpText, literal(hello)))},
		{"continuation", "A continuation frame of nothing", []oracle.ClauseID{"rfc6455/5.4/continuation-fail"}, whole(wsproto.OpContinuation, literal(hello))},
		{"bad-utf8", "A text message that is not UTF-8", []oracle.ClauseID{"rfc6455/8.1/utf8-fail"}, whole(wsproto.OpText, literal("\xff"))},
		{"long-ping", "A ping of 126 octets", []oracle.ClauseID{"rfc6455/5.5/control-length-fail"}, whole(wsproto.OpPing, repeated("*", 126))},
	} {
		for _, w := range []writing{together, apart} {
			id, how := "7.1.5/both-close-"+e.name, " in the same write"
			end := closing(wsproto.CloseNormal, "")
			steps := []oracle.Step{e.frame, end}
			if w == apart {
				id, how = id+"-apart", " in the next write"
				steps = []oracle.Step{alone(e.frame), end}
			}
			r := closeRow(id, fmt.Sprintf("%s, and our close frame with code 1000%s: the peer fails the connection while we close it.", e.what, how),
				"The peer sends one close frame, for the error, and takes ours for the answer to it. A second one is reported, but not called wrong. "+
					"The TCP connection is closed.", with(e.clauses, "rfc6455/7.1.5/close-once"), steps...)
			r.also = []string{"7.1.7"}
			rows = append(rows, r)
		}
	}
	return rows
}

// afterFailure sends more after an error: the peer must not process it.
func afterFailure() []row {
	clauses := []oracle.ClauseID{
		"rfc6455/5.2/opcode-fail", "rfc6455/7.1.7/stop", "rfc6455/7.1.7/close-tcp", "rfc6455/7.1.7/close-frame", "rfc6455/7.1.7/status-code",
	}
	wrong := whole(3, literal(""))
	greet := whole(wsproto.OpText, literal(world))
	var rows []row
	add := func(name, what string, steps ...oracle.Step) {
		rows = append(rows, bad("7.1.7/after-error-"+name, "A frame with a reserved opcode, and after it "+what+".", clauses,
			append([]oracle.Step{wrong}, steps...)...))
	}
	add("text", "a text message, which is not to come back", greet)
	add("text-apart", "in a write of its own a text message, which is not to come back", alone(greet))
	add("texts", "a hundred text messages", slices.Repeat([]oracle.Step{greet}, 100)...)
	add("ping", "a ping, which is not to be answered", pingOf("late"))
	add("large", "a binary message of 1 MiB, so that the peer's close frame is lost if it does not read on",
		whole(wsproto.OpBinary, repeated("wscheck", 1<<20)))
	add("errors", "another error, a continuation frame of nothing",
		whole(wsproto.OpContinuation, literal("")))
	rows = append(rows, bad("7.1.7/text-before-error", "A text message, and after it a frame with a reserved opcode. The message may come back or not.",
		clauses[:1], greet, wrong))
	return rows
}
