package oracle

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/wscheck/wscheck/wsproto"
)

var (
	ruleCloseBody = newRule(clause("rfc6455/5.5.1/close-body", Must, bindsBoth,
		"begin the body of a close frame, if any, with a status code of two octets.").
		broken("sends a close frame with a body of one octet"))
	ruleReasonUTF8 = newRule(clause("rfc6455/5.5.1/reason-utf8", Must, bindsBoth,
		"send close reasons in UTF-8.").
		broken("sends a close reason that is not UTF-8"))
	ruleCode1005 = newRule(clause("rfc6455/7.4.1/code-1005", MustNot, bindsBoth,
		"send the close code 1005."))
	ruleCode1006 = newRule(clause("rfc6455/7.4.1/code-1006", MustNot, bindsBoth,
		"send the close code 1006."))
	ruleCode1015 = newRule(clause("rfc6455/7.4.1/code-1015", MustNot, bindsBoth,
		"send the close code 1015."))
	ruleCodeDefined = newRule(clause("rfc6455/7.4.2/code-defined", Must, bindsBoth,
		"send close codes below 5000 that are defined: 1000 to 1003, 1007 to 1014, 3000 to 4999.").
		noted("A code has to be one of 7.4 (5.5.1). There, 0 to 999 are not used, 1004 and what is left up to 2999 is " +
			"reserved. 1012 to 1014 are registered with IANA since.").
		broken("sends a close code that is not defined"))
	ruleCodeBeyond = newRule(clause("rfc6455/7.4.2/code-beyond", Must, bindsBoth,
		"send no close code from 5000 on.").
		disputed("A code has to be one of 7.4 (5.5.1), and its ranges end at 4999. Yet nothing is said of what lies " +
			"beyond, and some endpoints give back any code that they are sent."))
	ruleCode1010 = newRule(clause("rfc6455/7.4.1/code-1010", MustNot, bindsServer,
		"send the close code 1010, unless it answers that code.").
		disputed("The code says that the server negotiated none of the extensions that a client needs. It is not used by a server, says the RFC, " +
			"since that can fail the opening handshake; whether this forbids it can be argued."))
	ruleExtsListed = newRule(clause("rfc6455/7.4.1/extensions-listed", Should, bindsClient,
		"list the extensions that it needs in the reason of a close with code 1010."))
	ruleStatusCode = newRule(clause("rfc6455/7.1.7/status-code", Should, bindsBoth,
		"give its close frame a status code that fits the failure."))
	ruleCloseReply = newRule(clause("rfc6455/5.5.1/close-reply", Must, bindsBoth,
		"answer a close frame with a close frame, unless it has sent one.").
		wanted("a close frame that answers ours"))
	ruleClosePrompt = newRule(clause("rfc6455/5.5.1/close-prompt", Should, bindsBoth,
		"answer a close frame as soon as is practical.").
		broken("answers a close frame late"))
	inClose        = setOf(ruleCloseBody, ruleReasonUTF8, ruleCode1005, ruleCode1006, ruleCode1015, ruleCodeDefined, ruleCodeBeyond, ruleDataAfterClose, ruleCloseOnce)
	inServersClose = setOf(ruleCode1010)
)

// tookClose is what a peer did that answered a wrong close frame with a code
// that does not fit. That it did not fail is likely then, but not certain: the
// code is a SHOULD.
const tookClose = "an answer as if to a valid close frame"

// closing is what is due of the peer once one of the sides has closed or failed
// the connection, and whether it had its chance.
type closing struct {
	fail   bool // to fail the connection
	silent bool // which it may have done without our seeing it
	again  bool // so it was when we sent more
	reply  bool // to answer our close frame
	tcp    bool // to close TCP
	mute   bool // nothing that we could see, for it may have failed the connection

	leniency int // 1 + the index of a fault that it took, and that it may argue it may
}

// closeReceived judges a close frame of the peer (RFC 6455 5.5.1, 7.4).
func (j *Judge) closeReceived(it *wsproto.Item, payload []byte) {
	if j.theirs.closed {
		return
	}
	if j.theirs.unmasked(it) {
		payload = nil
	}
	p, ok := wsproto.ParseClose(payload)
	back := j.gaveBack(p)
	if back {
		j.hasRead(j.ours.closeEnd, it.FrameOffset, tookClose+", with its own code")
	}
	j.theirs.closed = true
	j.reached.add(stateCloseReceived)
	j.exercised.addAll(&inClose)
	if j.role == wsproto.Client {
		j.exercised.addAll(&inServersClose)
	}
	j.theirs.code = wsproto.ClosePayload{Code: p.Code, HasCode: p.HasCode}
	if !ok {
		j.report(ruleCloseBody, it.FrameOffset, "no body, or one that begins with a code of two octets", "one octet")
	}
	j.judgeCode(it, p)
	if p.HasCode && p.Code != wsproto.CloseNormal && !back || j.ours.closed && !j.inflated {
		j.failsLate()
	}
	if !utf8.Valid(p.Reason) {
		j.reportf(ruleReasonUTF8, it.FrameOffset, "a reason in UTF-8", "%q", p.Reason)
	}

	switch f := j.ours.first(); {
	case f != nil:
		j.reached.add(stateFailing)
		if !f.masking() {
			j.exercise(ruleCloseFrame)
		}
		if !j.judgeStatus(it, f.rule, j.ours.codes()) && f.header.Opcode == wsproto.OpClose {
			j.bend(f.rule, it.FrameOffset, f.rule.want(), tookClose)
		}
	case back && (j.ours.closeFault == ruleBodyFail || j.ours.closeFault == ruleReasonFail):
		j.report(j.ours.closeFault, it.FrameOffset, j.ours.closeFault.want(), tookClose+", with its own code")
	case j.ours.closeFault != noRule:
		j.exercise(ruleCloseFrame)
		if !j.judgeStatus(it, j.ours.closeFault, j.ours.closeCodes()) && j.ours.closeFault != ruleCloseReply {
			j.bend(j.ours.closeFault, it.FrameOffset, j.ours.closeFault.want(), tookClose)
		}
	case !j.ours.closed:
		j.unprompted("a close frame", it.FrameOffset)
	default:
		j.exercise(ruleCloseTaken)
		j.closedUnlike(it.FrameOffset)
	}
	if j.due.reply || j.slowly() && j.ours.closed && j.ours.closeFault == noRule && j.ours.first() == nil && !j.sentEarly {
		j.due.reply = false
		j.late(ruleClosePrompt, it.FrameOffset, "a prompt answer to a close frame", "an answer")
	}
	if j.due.again {
		// Not for the fault, after which there was silence, but for what came
		// after it.
		r, got := j.tolerated()
		j.reportSilence(r, it.FrameOffset, r.want(), got)
	}
	j.due.fail, j.due.again, j.due.tcp, j.due.leniency = false, false, false, 0
}

// unmasked reports whether a frame of a client says that it is not masked. What
// its payload is cannot be known then: there are clients that mask it all the same.
func (t *theirs) unmasked(it *wsproto.Item) bool {
	return t.in.sender == wsproto.Client && !it.Header.Masked
}

// gaveBack reports whether a close frame of the peer has the code of ours, which
// only ours can have given it: a code of the application's, and none of those that
// applications are likely to choose.
func (j *Judge) gaveBack(p wsproto.ClosePayload) bool {
	sent := j.ours.code
	return j.ours.closed && sent.HasCode && p.HasCode && p.Code == sent.Code && p.Code >= 3000 && p.Code < 5000 &&
		p.Code%1000 > 100 && p.Code%100 > 0 && p.Code%1000 < 999
}

// judgeCode judges the code of a close frame of the peer by RFC 6455 7.4.
func (j *Judge) judgeCode(it *wsproto.Item, p wsproto.ClosePayload) {
	if !p.HasCode {
		return
	}
	const want = "a code that may be sent"
	switch {
	case p.Code == wsproto.CloseNoStatus:
		j.report(ruleCode1005, it.FrameOffset, want, "code "+p.Code.String())
	case p.Code == wsproto.CloseAbnormal:
		j.report(ruleCode1006, it.FrameOffset, want, "code "+p.Code.String())
	case p.Code == wsproto.CloseTLSHandshake:
		j.report(ruleCode1015, it.FrameOffset, want, "code "+p.Code.String())
	case p.Code >= 5000 && !j.sentEarly && !(j.ours.closed && j.ours.code.HasCode && j.ours.code.Code == p.Code):
		j.add(ruleCodeBeyond, Violation, Seen, it.FrameOffset, want, "code "+p.Code.String()+", which it was not sent")
	case p.Code >= 5000:
		j.report(ruleCodeBeyond, it.FrameOffset, want, "code "+p.Code.String())
	case !p.Code.Registered():
		j.report(ruleCodeDefined, it.FrameOffset, want, "code "+p.Code.String())
	case p.Code == wsproto.CloseMandatoryExtension && j.role == wsproto.Client && j.ours.code.Code != p.Code:
		j.report(ruleCode1010, it.FrameOffset, "a code that servers use", "code "+p.Code.String())
	case p.Code == wsproto.CloseMandatoryExtension && j.role == wsproto.Server && !j.ours.closed:
		j.exercise(ruleExtsListed)
		if len(p.Reason) == 0 {
			j.report(ruleExtsListed, it.FrameOffset, "a reason with the missing extensions", "no reason")
		}
	}
}

// judgeStatus judges whether the code of the peer's close frame fits what we did
// wrong (RFC 6455 7.1.7, 7.4.1), and reports whether it does.
func (j *Judge) judgeStatus(it *wsproto.Item, r rule, fitting []wsproto.CloseCode) bool {
	if !r.clause().Fatal() || !j.opt.Dialect.Echoes() && !j.stays() {
		return true // it may have had reasons of its own before
	}
	if j.theirs.unmasked(it) {
		return true
	}
	j.exercise(ruleStatusCode)
	code := j.theirs.code
	if code.HasCode && (slices.Contains(fitting, code.Code) || code.Code >= 3000) {
		return true
	}
	got := "no code"
	if code.HasCode {
		got = "code " + code.Code.String()
	}
	j.reportf(ruleStatusCode, it.FrameOffset, fmt.Sprintf("a code that fits, such as %s", fitting[0]), "%s", got)
	return false
}

// Clauses that are not judged here, and why.
var _ = unjudged(
	clause("rfc6455/5.5.1/reason-shown", MustNot, bindsClient,
		"show a close reason to the end user.").unseen("It is not on the wire."),
	clause("rfc6455/5.5.1/close-masked", Must, bindsClient,
		"mask its close frame.").sameAs("rfc6455/5.1/client-masks"),
)
