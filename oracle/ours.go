package oracle

import (
	"time"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/wsproto"
)

// ours follows what we send, as a peer that reads it would: what it is asked,
// and what it must not take.
type ours struct {
	j      *Judge
	in     stream
	faults []fault
	pings  pings
	ourState
}

// ourState is what an [ours] forgets between two conversations at the cost of an
// assignment; the rest of it is large.
type ourState struct {
	head     int // octets of the opening handshake
	contents int // octets of the messages, inflated
	eof      bool

	eofWaited bool // for the peer's close frame

	binding int // the first fault that is complete and leaves the peer no choice, or -1

	// Our close frame; what follows it, the peer need not read.
	closed     bool
	closeFault rule // what is wrong with it
	closeAlone bool // nothing was sent between an EventQuiet and it
	closeNext  bool // nothing was sent between what the peer has shown to have read and it
	closeRight bool // every receiver knows its code, if there is one, and no frame follows it
	code       wsproto.ClosePayload
	reason     int   // octets
	closeEnd   int64 // our offset after it

	read int64 // our offset up to which the peer has shown to have read

	begunAt time.Duration // when the frame began that came last, or its message

	// The last ping after a close frame that the peer has to fail the
	// connection for: a peer that answers it has not failed.
	afterClose sentPing

	wasIdle bool // there was an EventQuiet between two of our frames
	since   int  // frames begun since the last one
}

var (
	ruleUTF8Fail = newRule(clause("rfc6455/8.1/utf8-fail", Must, bindsBoth,
		"fail the connection on a text message that is not UTF-8.").
		noted("Some implementations leave the check to the application. The endpoint of the RFC is both " +
			"together, so one that gives such a message back breaks the clause. It may do so late: at the " +
			"first bad octet, at the end of the frame or at the end of the message.").
		broken("text that is not UTF-8 is accepted"))
	ruleReasonFail = newRule(clause("rfc6455/8.1/reason-fail", Must, bindsBoth,
		"end the connection on a close reason that is not UTF-8."))
	ruleBodyFail = newRule(clause("rfc6455/5.5.1/close-body-fail", Must, bindsBoth,
		"end the connection on a close frame with a body of one octet.").noted(validation))
)

func (o *ours) reset(j *Judge) {
	o.j, o.faults = j, o.faults[:0]
	o.ourState = ourState{binding: -1, closeFault: noRule}
	o.pings.pingState = pingState{}
	o.in.reset(j.role, &j.ext)
}

func (o *ours) feed(data []byte) { o.in.feed(data, o) }

// markIdle is called when the peer has nothing left to do.
func (o *ours) markIdle() {
	o.wasIdle = !o.midFrame()
	o.since = 0
}

func (o *ours) header(it *wsproto.Item, broken breaches) {
	o.since++
	if !o.in.open {
		o.begunAt = o.j.at
	}
	if it.Header.Opcode == wsproto.OpContinuation && o.in.open && !o.closed {
		o.j.echo.frame(it.Header.Length)
	}
	o.closeRight = o.closeRight && !o.closed
	for broken != 0 && !o.closed {
		var which breach
		which, broken = broken.first()
		f := fault{rule: breachRules[which].fail, header: it.Header, soft: it.Offset, wait: waitFrame}
		if which == breachLength63 {
			// No receiver can wait for the payload.
			f.wait, f.hard = waitNone, it.Offset+int64(it.Header.Size())
		}
		o.note(f)
	}
}

func (o *ours) http(*wsproto.Item) {}

func (o *ours) begin(it *wsproto.Item) {
	if o.closed {
		return
	}
	if !it.Header.Fin {
		o.j.reached.add(stateSending(it.Header.Opcode))
	}
	o.j.echo.push(o.j, it)
	o.j.answers.push(it)
}

func (o *ours) content(b []byte, _ *wsproto.Item) {
	o.contents += len(b)
	if !o.closed {
		o.j.echo.append(b)
		o.j.answers.append(b)
	}
}

func (o *ours) textBroken(offset int64) {
	if !o.closed {
		o.note(fault{rule: ruleUTF8Fail, soft: offset, wait: waitMessage, late: true})
	}
}

func (o *ours) deflateOverrun(it *wsproto.Item) {
	if o.closed {
		return
	}
	o.j.obscure()
	o.note(fault{rule: ruleOverrunFail, header: it.Header, soft: it.FrameOffset, wait: waitMessage})
}

func (o *ours) deflateBroken(err deflate.Error, it *wsproto.Item) {
	if o.closed {
		return
	}
	o.j.obscure()
	r := ruleInvalidFail
	switch {
	case o.in.inflater.Report().Final.Octet != 0:
		r = ruleTailFail // after a final block, where common inflaters have stopped
	case err.Fault == deflate.FaultUnfinished:
		r = ruleUnfinishedFail
		o.in.lost = true
	}
	o.note(fault{rule: r, header: it.Header, soft: earliest(it), wait: waitMessage, late: true})
}

func (o *ours) finish(it *wsproto.Item) {
	if o.closed {
		return
	}
	switch {
	case o.in.opaque:
		o.j.obscure()
	case o.in.compressed && !o.in.report.Ending.Conforming():
		o.j.obscure()
		o.note(fault{rule: ruleTailFail, header: it.Header, soft: it.FrameOffset, wait: waitMessage})
		o.in.lost = true
	}
	o.completeAll(waitFrame, it.Offset) // what is wrong with the frame comes first
	o.completeAll(waitMessage, it.Offset)
	o.j.echo.complete(it.Offset)
	o.j.answers.complete(o.j, it.Offset)
}

func (o *ours) end(it *wsproto.Item) { o.completeAll(waitFrame, it.Offset) }

func (o *ours) controlFrame(it *wsproto.Item, payload []byte) {
	if o.closed {
		o.controlAfterClose(it, payload)
		return
	}
	if o.in.open {
		o.j.echo.control()
	}
	switch it.Header.Opcode {
	case wsproto.OpPong:
		o.j.theirs.pinged = false
		o.pings.ours.add(payload)
	case wsproto.OpPing:
		o.j.reached.add(statePinged)
		o.j.exercise(rulePong, rulePongPrompt, rulePongPayload)
		if o.in.open {
			o.j.exercise(ruleControlWithin)
		}
		if o.binding >= 0 {
			o.j.exercise(ruleStop)
		}
		if it.Header.Length <= maxControl {
			o.pings.add(payload, it.Offset, o.in.open)
		}
	case wsproto.OpClose:
		o.completeAll(waitFrame, it.Offset) // what is wrong with the frame comes first
		o.close(it, payload)
	}
}

// controlAfterClose takes a control frame after our close frame.
func (o *ours) controlAfterClose(it *wsproto.Item, payload []byte) {
	if it.Header.Opcode != wsproto.OpPing || len(payload) > maxControl {
		return
	}
	switch o.closeFault {
	case ruleBodyFail, ruleReasonFail:
		if newest, _ := o.pings.match(payload); newest == 0 {
			o.afterClose.size = uint8(copy(o.afterClose.payload[:], payload))
		}
	}
}

// close takes our close frame.
func (o *ours) close(it *wsproto.Item, payload []byte) {
	j := o.j
	o.closed = true
	o.closeAlone = o.wasIdle && o.since == 1
	o.closeNext = o.read >= it.FrameOffset
	o.closeEnd = it.Offset
	j.reached.add(stateCloseSent)
	j.exercise(ruleCloseReply, ruleClosePrompt)
	p, ok := wsproto.ParseClose(payload)
	o.code, o.reason = wsproto.ClosePayload{Code: p.Code, HasCode: p.HasCode}, len(p.Reason)
	switch {
	case j.sentEarly:
	case !ok:
		o.closeFault = ruleBodyFail
	case p.HasCode && !p.Code.Registered():
		o.closeFault = ruleCloseReply
	case !utf8.Valid(p.Reason):
		o.closeFault = ruleReasonFail
	default:
		o.closeRight = !p.HasCode || p.Code.Sendable() && usedBy(j.role, p.Code)
	}
	if o.closeFault != noRule {
		j.exercise(o.closeFault)
	}
	j.known = j.known.step(sentClose)
}

// usedBy reports whether an endpoint of that role has a use for a code (RFC 6455
// 7.4.1): a server fails the opening handshake instead of sending 1010, and 1011
// speaks of a server.
func usedBy(role wsproto.Role, code wsproto.CloseCode) bool {
	if role == wsproto.Server {
		return code != wsproto.CloseMandatoryExtension
	}
	return code != wsproto.CloseInternal
}
