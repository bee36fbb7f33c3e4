package reference

import (
	"github.com/wscheck/wscheck/wsproto"
)

// fragmentationMutants break RFC 6455 5.4.
var fragmentationMutants = []mutant{
	{Mutant: Mutant{Name: "accept-orphan", Clause: "rfc6455/5.4/continuation-fail", Roles: inBoth,
		Text: "Takes a continuation of nothing for a binary message."}, fault: acceptOrphan},
	{Mutant: Mutant{Name: "accept-orphan-later", Clause: "rfc6455/5.4/continuation-fail", Roles: inBoth,
		Text: "Takes a continuation of nothing once there was a fragmented message."}, fault: acceptOrphanLater},
	{Mutant: Mutant{Name: "accept-orphan-empty", Clause: "rfc6455/5.4/continuation-fail", Roles: inBoth,
		Text: "Skips a continuation of nothing that is empty."}, fault: acceptOrphanEmpty},
	{Mutant: Mutant{Name: "accept-nested", Clause: "rfc6455/5.4/interleaved-fail", Roles: inBoth,
		Text: "Takes a message within a message, and forgets the one under way."}, fault: acceptNested},
	{Mutant: Mutant{Name: "accept-nested-same", Clause: "rfc6455/5.4/interleaved-fail", Roles: inBoth,
		Text: "Takes a frame with the opcode of the message under way for a continuation."}, fault: acceptNestedSame},
	{Mutant: Mutant{Name: "accept-nested-final", Clause: "rfc6455/5.4/interleaved-fail", Roles: inBoth,
		Text: "Takes an unfragmented message within a message."}, fault: acceptNestedFinal},
	{Mutant: Mutant{Name: "control-ends-message", Clause: "rfc6455/5.4/control-within", Roles: inBoth,
		Text: "Echoes what there is of a fragmented message when a ping comes."}, fault: controlEndsMessage},
	{Mutant: Mutant{Name: "control-joins-message", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Adds the payload of a ping to the fragmented message around it."}, fault: controlJoinsMessage},

	{Mutant: Mutant{Name: "send-orphan", Clause: "rfc6455/5.4/continuation", Roles: inBoth,
		Text: "Sends messages as continuations of nothing."}, frame: onFirst(func(f *wsproto.Frame) { f.Opcode = wsproto.OpContinuation })},
	{Mutant: Mutant{Name: "send-orphan-after", Clause: "rfc6455/5.4/continuation", Roles: inBoth,
		Text: "Sends an empty continuation after each message."}, echo: sendParts(
		part{fin: true, all: true}, part{fin: true, continued: true})},
	{Mutant: Mutant{Name: "send-nested", Clause: "rfc6455/5.4/interleaved", Roles: inBoth,
		Text: "Repeats the opcode in the second fragment."}, echo: sendParts(
		part{}, part{fin: true, all: true})},
	{Mutant: Mutant{Name: "send-nested-other", Clause: "rfc6455/5.4/interleaved", Roles: inBoth,
		Text: "Sends a whole message inside a fragmented one."}, echo: sendParts(
		part{}, part{fin: true, other: true}, part{fin: true, continued: true, all: true})},
	{Mutant: Mutant{Name: "send-unfinished", Clause: "rfc6455/5.4/interleaved", Roles: inBoth,
		Text: "Never sets FIN on data frames."}, frame: onData(func(f *wsproto.Frame) { f.Fin = false })},
}

// part is a frame of a message that is fragmented wrongly.
type part struct {
	fin, continued, other, all bool
}

// sendParts echoes a message in such frames; all marks the one with its payload,
// other the one that is of the other type.
func sendParts(parts ...part) func(*endpoint, wsproto.Opcode, []byte) error {
	return func(e *endpoint, op wsproto.Opcode, payload []byte) error {
		for _, p := range parts {
			f := wsproto.NewFrame(op, p.fin, nil)
			switch {
			case p.continued:
				f.Opcode = wsproto.OpContinuation
			case p.other:
				f.Opcode = wsproto.OpText + wsproto.OpBinary - op
			}
			if p.all {
				setPayload(&f, payload)
			}
			if err := e.send(f); err != nil {
				return err
			}
		}
		return nil
	}
}
