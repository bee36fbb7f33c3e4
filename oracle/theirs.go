package oracle

import (
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/wsproto"
)

// theirs judges what the peer sends.
type theirs struct {
	j  *Judge
	in stream
	theirState
	masked []wsproto.Header // the first ones that count for their masking keys
}

// theirState is what a [theirs] forgets between two conversations.
type theirState struct {
	head   int   // octets of the opening handshake
	offset int64 // octets of the events before the one under way

	spoke  bool // there was a frame other than a close frame
	talks  bool // the latest frame carries a message, or a part of one
	said   bool // a message is complete
	closed bool // a close frame is complete
	code   wsproto.ClosePayload
	gone   bool // end of stream, or reset
	pinged bool // a ping of its is not answered

	keys maskingKeys
}

var (
	ruleFramed = newRule(clause("rfc6455/6.1/framed", Must, bindsBoth,
		"put what it sends in frames.").
		noted("It is judged where HTTP comes instead. All other octets are frames of some kind, and what is wrong with them has " +
			"a clause of its own.").
		broken("sends HTTP in the place of frames"))
	ruleUTF8 = newRule(clause("rfc6455/5.6/text-utf8", Must, bindsBoth,
		"send text messages that are UTF-8 as a whole.").
		broken("sends text that is not UTF-8"))
	ruleDataAfterClose = newRule(clause("rfc6455/5.5.1/data-after-close", MustNot, bindsBoth,
		"send data frames after a close frame.").
		wanted("no data frame after the close frame"))
	ruleCloseOnce = newRule(clause("rfc6455/7.1.5/close-once", MustNot, bindsBoth,
		"send a second close frame.").
		disputed("No sentence of the RFC forbids it. Section 5.5.1 forbids data after a close frame, and asks for an answer only of " +
			"those that have not sent one; section 7.1.5 speaks of the first close frame that comes."))
)

func (t *theirs) reset(j *Judge) {
	t.j, t.theirState, t.masked = j, theirState{}, t.masked[:0]
	t.in.reset(j.role.Peer(), &j.ext)
}

func (t *theirs) feed(data []byte) { t.in.feed(data, t) }

func (t *theirs) header(it *wsproto.Item, broken breaches) {
	j := t.j
	h := &it.Header
	if j.opening.owesBody() {
		j.opening.body = 0
		if broken != 0 { // octets of the body, after our response
			t.in.over, j.opening.body = true, begunBody
			j.phase = phaseUnknown
			return
		}
		j.reportf(ruleRequestBody, it.Offset, ruleRequestBody.want(), "%s", h)
	}
	t.talks = !h.Opcode.IsControl()
	j.exerciseFrame(h)
	j.answerFrame(h)
	j.inflates = j.inflates && (h.Opcode.IsControl() || j.echo.owes(j.ours.faults[j.ours.binding].soft))
	for broken != 0 {
		var which breach
		which, broken = broken.first()
		b := &breachRules[which]
		j.reportf(b.send, it.Offset, b.want, "%s", h)
	}
	j.judgeMaskingKey(it)
	// 5.5.1: after its close frame the peer sends no data, and no other close.
	switch {
	case !t.closed:
	case h.Opcode == wsproto.OpClose:
		j.reportf(ruleCloseOnce, it.Offset, "one close frame", "a second close frame")
	case !h.Opcode.IsControl():
		j.reportf(ruleDataAfterClose, it.Offset, "no data after the close frame", "%s", h)
	}
	// A client that sends more than a close frame has taken our response.
	if h.Opcode != wsproto.OpClose {
		t.spoke = true
		j.hasRead(int64(j.ours.head), it.Offset, "a frame")
	}
}

func (t *theirs) http(it *wsproto.Item) {
	got := "an HTTP response"
	if t.in.sender == wsproto.Client {
		got = "an HTTP request"
	}
	report := t.j.report
	if t.j.sentEarly {
		report = t.j.bend // it may have taken our frames for a further request
	}
	report(ruleFramed, it.FrameOffset, "frames after the opening handshake", got)
	t.j.phase = phaseUnknown
}

func (t *theirs) begin(it *wsproto.Item) {
	if it.Header.Opcode == wsproto.OpText {
		t.j.exercise(ruleUTF8)
	}
	if !it.Header.Fin {
		t.j.reached.add(stateReceiving(it.Header.Opcode))
	}
	if !t.closed {
		t.j.strays.Begin()
		t.j.echo.begin(t.j, it)
		t.j.answers.theirBegin(it.Header.Opcode)
	}
}

func (t *theirs) content(b []byte, _ *wsproto.Item) {
	if !t.closed {
		t.j.echo.compare(b)
		if t.j.echo.comes() {
			t.j.readAt = t.j.at
		}
		if t.j.echo.odd() {
			t.j.strays.Scan(b)
		} else {
			t.j.strays.Keep(b)
		}
		t.j.answers.theirAppend(b)
	}
}

func (t *theirs) textBroken(offset int64) {
	t.j.report(ruleUTF8, offset, "text in UTF-8", "an octet that is not UTF-8, or an end within a code point")
}

// deflateOverrun does nothing: the report at the end of the message says all.
func (t *theirs) deflateOverrun(*wsproto.Item) {}

func (t *theirs) deflateBroken(err deflate.Error, it *wsproto.Item) {
	t.j.reportf(ruleDeflate, it.FrameOffset, "a compressed message that is DEFLATE", "%v", err)
}

func (t *theirs) finish(it *wsproto.Item) {
	t.said = true
	if t.in.compressed && !t.in.opaque {
		t.j.judgeCompressed(it, &t.in.report)
	}
	if !t.closed {
		t.j.echo.end(t.j, it, t.in.opaque)
		t.j.answers.theirEnd(t.j, it.FrameOffset, t.in.opaque)
	}
}

func (t *theirs) controlFrame(it *wsproto.Item, payload []byte) {
	switch it.Header.Opcode {
	case wsproto.OpPing:
		t.pinged = true
	case wsproto.OpPong:
		t.j.pong(it, payload)
	case wsproto.OpClose:
		t.j.closeReceived(it, payload)
	}
}

func (t *theirs) end(*wsproto.Item) {}
