package oracle

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// Verdict returns what is to be said of the conversation so far. It may be
// asked for at any moment: what the peer still may do is not held against it.
// It is final once the conversation is.
func (j *Judge) Verdict() Verdict {
	v := Verdict{Findings: slices.Clone(j.findings)}
	overdue := func(r rule, want, got string) {
		if !j.reported.has(r) {
			v.Findings = append(v.Findings, Finding{
				Clause: r.clause().ID, Outcome: weight(r), Basis: j.silence, Event: j.event, Offset: j.theirs.offset, Want: want, Got: got,
			})
		}
	}
	j.openingOverdue(overdue)
	if j.phase == phaseOpen && j.http2.fault == noRule && !j.http2.excused() {
		j.endingOverdue(overdue)
		j.pongOverdue(overdue)
		j.echo.missing(overdue)
		j.answers.missing(overdue)
	}
	for i := range v.Findings {
		v.Outcome = max(v.Outcome, v.Findings[i].Outcome)
	}
	if v.Outcome == Violation {
		return v
	}
	if outcome, reason := j.shortfall(); outcome != Pass && outcome >= v.Outcome {
		v.Outcome, v.Reason = outcome, reason
	}
	return v
}

// Awaits reports whether there is something to wait for: whether the verdict would
// rest on what was not seen, if nothing more came.
func (j *Judge) Awaits() bool {
	after := *j
	after.chance(Waited)
	v := after.Verdict()
	return v.Outcome >= Inconclusive && v.Basis() != Seen
}

// shortfall says what the conversation did not come to show: Inconclusive,
// Unsupported or Allowed with the reason, or Pass.
func (j *Judge) shortfall() (Outcome, string) {
	if j.blind {
		return Inconclusive, "octets are missing from the trace"
	}
	switch j.phase {
	case phaseOpening:
		if j.opt.Carrier == HTTP2 && j.theirs.gone && len(j.opening.refuse) > 0 {
			break // the stream was reset
		}
		if j.theirs.gone && len(j.findings) > 0 {
			break // refused, if not as it should be
		}
		if reason := j.opening.owedNothing(); j.role == wsproto.Client && reason != "" {
			return Allowed, reason
		}
		return Inconclusive, "the opening handshake was not completed"
	case phaseUnknown:
		if j.role == wsproto.Client {
			// It took another version of the protocol, or octets that are not HTTP.
			return Allowed, "what follows the opening handshake is for the peer to say"
		}
		return Inconclusive, "what follows the opening handshake cannot be judged"
	case phaseRefused:
		if j.role == wsproto.Client && len(j.opening.refuse) == 0 {
			return Inconclusive, "the peer refused the opening handshake"
		}
	case phaseMustFail:
		if !j.theirs.gone {
			return Inconclusive, "the conversation ended before the peer had to close the connection"
		}
	case phaseOpen:
		return j.shortfallOpen()
	}
	return Pass, ""
}

func (j *Judge) shortfallOpen() (Outcome, string) {
	left := j.theirs.closed || j.theirs.gone
	f := j.ours.first()
	pending := j.echo.waiting() || j.answers.waiting() || j.ours.pings.answered < j.ours.pings.count
	switch {
	case j.http2.calm:
		return Unsupported, "the peer ended the connection for the streams that it was asked for"
	case j.http2.ours.reset:
		return Pass, ""
	case j.http2.fault != noRule:
		if !left && !j.http2.acted && !j.http2.theirs.ended {
			return Inconclusive, "the conversation ended before the peer had to act on what was wrong with our frames"
		}
		return Pass, ""
	case j.due.mute && !j.ours.eof && !left:
		return Allowed, "a client that fails the connection may say nothing, and leave it to the server to close TCP"
	case f != nil:
		if f.rule.clause().Fatal() && !left {
			return Inconclusive, "the conversation ended before the peer had to fail the connection"
		}
	case j.early && j.declinedResponse():
		return Unsupported, "the peer does not take this response, and need not"
	case j.early && j.owesPong():
		return Allowed, "the peer left while a frame of ours held back the answer to its ping"
	case j.early && j.ownBusiness():
		return Undecidable, undecidable
	case j.early:
		if outcome, reason := Limit(j.theirs.code); outcome != Pass {
			return outcome, reason
		}
		if j.echo.bomb() {
			return Unsupported, "the peer ended the connection at a message that grows when it is inflated"
		}
		if pending {
			return Inconclusive, "the peer closed before it had answered everything"
		}
	case j.ours.closed && left && pending:
		// After a close frame a peer need neither echo nor answer a ping; and
		// what it sent may be lost in the reset that our last octets drew.
		return Allowed, "the close frame overtook what the peer had to answer"
	case j.ours.eof && left && pending:
		// Many a peer takes the end of our direction for that of the connection.
		return Allowed, "the end of our direction overtook what the peer had to answer"
	case j.ours.closed && !left:
		return Inconclusive, "the conversation ended before the peer had to answer the close frame"
	case !j.answers.ready() && !j.hasty && !j.answers.foreign:
		return Inconclusive, "the connection did not become ready: the peer did not say what its dialect begins with"
	case pending:
		return Inconclusive, "the conversation ended before the peer had answered everything"
	}
	if j.declined {
		return Unsupported, ReasonDeclined
	}
	return Pass, ""
}

// Limit returns Unsupported and the reason where a peer closed with a code that
// speaks of a limit of its own, or of its own end, and Pass where it did not.
func Limit(p wsproto.ClosePayload) (Outcome, string) {
	if !p.HasCode {
		return Pass, ""
	}
	switch p.Code {
	case wsproto.CloseUnsupported, wsproto.ClosePolicy, wsproto.CloseTooBig, wsproto.CloseMandatoryExtension,
		wsproto.CloseGoingAway, wsproto.CloseServiceRestart, wsproto.CloseTryAgainLater:
		return Unsupported, fmt.Sprintf("the peer closed with code %s", p.Code)
	}
	return Pass, ""
}

// isPanic reports whether a peer died of a Go panic.
func isPanic(ev *Event) bool {
	return strings.Contains(ev.Tag, "panic") || bytes.HasPrefix(ev.Data, []byte("panic: "))
}
