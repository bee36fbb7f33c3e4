package oracle

import (
	"fmt"
	"slices"

	"github.com/wscheck/wscheck/wsproto"
)

// fault is something that we sent and that the peer should not take.
type fault struct {
	rule   rule
	header wsproto.Header // of the frame
	soft   int64          // where in our stream it can first be seen
	hard   int64          // where it is complete, so that every receiver can see it
	wait   faultWait
	late   bool // it may be seen by what inflates messages or looks at text, beside what reads frames
	event  int  // index of the event with which it began
}

// faultWait says what has to end before a fault is complete. A receiver may
// check a header after it has read the payload, and text at the end of the
// message.
type faultWait uint8

const (
	waitNone faultWait = iota
	waitFrame
	waitMessage
)

// maxFaults bounds the faults that are kept: a peer fails for one of the first.
const maxFaults = 8

// note keeps a fault.
func (o *ours) note(f fault) {
	j := o.j
	j.exercise(f.rule)
	j.reached.add(stateFaulty)
	if len(o.faults) == maxFaults {
		return
	}
	f.event = j.event
	o.faults = append(o.faults, f)
	if f.wait == waitNone {
		o.complete(len(o.faults) - 1)
	}
}

// complete is called when a fault is there in full.
func (o *ours) complete(i int) {
	f := &o.faults[i]
	f.wait = waitNone
	if o.binding < 0 && f.rule.clause().Fatal() && !o.j.sentEarly {
		o.binding = i
		o.j.exercise(ruleFailTCP)
		o.j.known = o.j.known.step(sentFault)
	}
}

// completeAll completes the faults that waited for an end which stands at offset.
func (o *ours) completeAll(wait faultWait, offset int64) {
	for i := range o.faults {
		if o.faults[i].wait == wait {
			o.faults[i].hard = offset
			o.complete(i)
		}
	}
}

// first returns the fault that the peer has to fail for, or else the first that
// it may fail for, or nil.
func (o *ours) first() *fault {
	switch {
	case o.binding >= 0:
		return &o.faults[o.binding]
	case len(o.faults) > 0:
		return &o.faults[0]
	}
	return nil
}

// suspect reports whether the frame under way, which is not sent completely, may
// already be one that the peer must not take: an unfinished header can show it,
// and so can an unfinished close frame.
func (o *ours) suspect() bool {
	if o.closed {
		return false
	}
	if h, _, within := o.in.parser.InFrame(); within {
		return h.Opcode == wsproto.OpClose
	}
	pending := o.in.parser.Pending()
	if len(pending) == 0 {
		return false
	}
	h := o.finished(pending)
	return h.Opcode == wsproto.OpClose || o.in.guard(&h) != 0 || leastLength(pending) > maxAsked
}

// finished returns a header that begins with these octets, and is right if one can be.
func (o *ours) finished(begin []byte) wsproto.Header {
	var octets [wsproto.MaxHeaderSize]byte
	for i := range octets {
		octets[i] = 0xff // of a length: it does not fit into a shorter form
	}
	octets[1], octets[2] = 0, 0 // no payload; not more than 63 bits
	if o.in.sender == wsproto.Client {
		octets[1] = 0x80 // a mask
	}
	copy(octets[:], begin)
	h, _ := wsproto.ParseHeader(octets[:])
	return h
}

// leastLength returns the least length that a header can have that begins with these octets.
func leastLength(begin []byte) uint64 {
	var octets [wsproto.MaxHeaderSize]byte
	copy(octets[:], begin)
	h, _ := wsproto.ParseHeader(octets[:])
	return h.Length
}

// maxAsked is the number of octets from which on a frame is longer than what any
// peer can be asked to take.
const maxAsked = 64 << 20

// beyond reports whether the frame under way declares more than that: a peer has
// a limit, and may fail the connection for it without a close frame (RFC 6455
// 10.4, 7.1.7).
func (o *ours) beyond() bool {
	h, _, within := o.in.parser.InFrame()
	return within && h.Length > maxAsked
}

// midFrame reports whether our stream so far ends within a frame.
func (o *ours) midFrame() bool {
	_, _, within := o.in.parser.InFrame()
	return within || len(o.in.parser.Pending()) > 0
}

// describe names the fault for people.
func (f *fault) describe() string {
	switch {
	case f.rule == ruleUTF8Fail:
		return fmt.Sprintf("text that is not UTF-8 from our octet %d on", f.soft)
	case f.inResponse():
		return "our response"
	}
	return fmt.Sprintf("%s, our octet %d", f.header, f.soft)
}

// inResponse reports whether the fault is one of our response. A client that fails for it sends no close frame, for
// the connection is not established (RFC 6455 7.1.7).
func (f *fault) inResponse() bool { return f.rule == ruleResponseConform || f.rule == ruleGrammarFail }

// masking reports whether the fault is one where a close frame is a MAY (RFC
// 6455 5.1).
func (f *fault) masking() bool {
	return f.rule == breachRules[breachUnmasked].fail || f.rule == breachRules[breachMasked].fail
}

// maySilently reports whether a peer that has failed the connection may be
// silent and leave TCP open: the close frame is a SHOULD (RFC 6455 7.1.7), and a
// client should wait for the server to close TCP (7.1.1).
func (j *Judge) maySilently() bool { return j.role == wsproto.Server && !j.ours.eof }

// mayHaveFailed reports whether the peer may have failed the connection without
// our seeing it: then it owes nothing more.
func (j *Judge) mayHaveFailed() bool {
	wrong := j.ours.first() != nil || j.ours.suspect() || j.ours.closeFault != noRule
	return wrong && !j.theirs.closed && j.maySilently()
}

var ruleStop = newRule(clause("rfc6455/7.1.7/stop", MustNot, bindsBoth,
	"process data after it has failed the connection.").
	broken("continues to process data after it has failed the connection").
	wanted("a peer that stops after it has failed the connection"))

// hasRead is called when the peer has shown, by what stands at an offset of its
// stream, that it has read our octets up to another. A peer that has read a fault
// and does that has not failed the connection (RFC 6455 7.1.7).
func (j *Judge) hasRead(ours, offset int64, got string) {
	if ours > int64(j.ours.head) && ours > j.ours.read {
		j.readAt = j.at // at work on what it is owed, and not on the opening handshake alone
	}
	j.ours.read = max(j.ours.read, ours)
	for i := range j.ours.faults {
		f := &j.ours.faults[i]
		switch {
		case f.wait != waitNone || ours < f.hard:
		case !f.rule.clause().Fatal():
			j.reportf(f.rule, offset, f.rule.want(), "%s after %s", got, f.describe())
		case i == j.ours.binding && j.known.step(hasReadFault).step(goesOn) == 0:
			j.toleratedFault = true
			r := f.rule
			if j.theirs.closed {
				r = ruleStop
			}
			j.inflates, j.inflated = f.late && r == f.rule && got == aPong, false
			j.reportf(r, offset, r.want(), "%s after %s", got, f.describe())
			return
		}
	}
}

var (
	protocolCodes = []wsproto.CloseCode{wsproto.CloseProtocolError, wsproto.ClosePolicy}
	lengthCodes   = []wsproto.CloseCode{wsproto.CloseProtocolError, wsproto.CloseTooBig, wsproto.ClosePolicy}
	textCodes     = []wsproto.CloseCode{wsproto.CloseInvalidPayload, wsproto.ClosePolicy}
	reasonCodes   = []wsproto.CloseCode{wsproto.CloseInvalidPayload, wsproto.CloseProtocolError, wsproto.ClosePolicy}
)

// codes returns the close codes that fit a fault, the best first.
func (f *fault) codes() []wsproto.CloseCode {
	switch f.rule {
	case ruleUTF8Fail:
		return textCodes
	case ruleInvalidFail:
		return reasonCodes
	case breachRules[breachLength63].fail, breachRules[breachControlLength].fail:
		return lengthCodes
	}
	return protocolCodes
}

// codes returns the close codes that fit what we did wrong, the best first: those for
// the fault that the peer has to fail for, and for others that it could see by then.
func (o *ours) codes() []wsproto.CloseCode {
	first := o.first()
	codes := first.codes()
	for i := range o.faults {
		if f := &o.faults[i]; f != first && f.soft < first.hard {
			codes = append(slices.Clip(codes), f.codes()...)
		}
	}
	return codes
}

// closeCodes returns the close codes that fit what is wrong with our close frame.
func (o *ours) closeCodes() []wsproto.CloseCode {
	if o.closeFault == ruleReasonFail {
		return reasonCodes
	}
	return protocolCodes
}
