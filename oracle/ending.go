package oracle

import (
	"fmt"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

var (
	ruleFailTCP = newRule(clause("rfc6455/7.1.7/close-tcp", Must, bindsBoth,
		"close the TCP connection when it fails the WebSocket connection.").
		wanted("the end of the TCP connection"))
	ruleCloseFrame = newRule(clause("rfc6455/7.1.7/close-frame", Should, bindsBoth,
		"send a close frame before it closes the TCP connection on failing.").
		noted("It may leave the frame out where the peer is unlikely to be able to process it."))
	ruleCleanClose = newRule(clause("rfc6455/7.1.1/clean-close", Should, bindsBoth,
		"end the connection cleanly, with the closing handshake before the end of TCP."))
	ruleCloseTCP = newRule(clause("rfc6455/5.5.1/close-tcp", Must, bindsBoth,
		"close the TCP connection once it has sent and received a close frame.").
		wanted("the end of the TCP connection"))
	ruleServerTCP = newRule(clause("rfc6455/5.5.1/server-close-tcp", Must, bindsServer,
		"close the TCP connection at once when it has sent and received a close frame.").
		wanted("the end of the TCP connection"))
	ruleClientWaits = newRule(clause("rfc6455/5.5.1/client-waits", Should, bindsClient,
		"let the server close the TCP connection.").
		wanted("an open TCP connection until the server closes it"))
	ruleStay = newRule(clause("wscheck/stay", Must, bindsBoth,
		"leave the closing to the other side while nothing is wrong.").
		noted("A close frame with a code that speaks of a limit or a policy of the peer (1003, 1008 to 1010), of its own end (1001, 1012, " +
			"1013), or with a private one (4000 to 4999), is not held against it, except 1009 after a longer message came back, and 1010, which says that an " +
			"extension was not negotiated, from a server that has agreed to one, or from a client that has sent a message since (RFC 6455 7.4.1, 10.4). Nor is an end after a second without octets where nothing is owed, five seconds without octets or within a frame or " +
			"message, or eight seconds of conversation, or a reset before all of our octets were read, which may destroy a close frame, or once 16 pings or 1 MiB of ours wait for answers that we do not read.").
		broken("ends the connection while nothing is wrong"))

	// What a peer can break in every conversation.
	inConversation = setOf(ruleCleanClose, rulePeerDied, rulePeerPanic, rulePeerHung, rulePeerBloated, rulePeerToiled, rulePeerKept, rulePeerMixed, ruleOverflow)
)

// closeChance holds it against the peer that it did not fail, answer or close.
func (j *Judge) closeChance() {
	j.inflated = j.inflates
	for i := range j.ours.faults {
		f := &j.ours.faults[i]
		if f.wait == waitNone && !f.rule.clause().Fatal() && !j.theirs.closed && !j.maySilently() {
			j.due.leniency = i + 1
		}
	}
	j.due.mute = j.mayHaveFailed()
	switch {
	case !j.theirs.closed && j.known == viewFault:
		j.due.fail, j.due.silent = true, j.maySilently()
		if !j.due.silent {
			j.due.tcp = true
			j.exercise(ruleFailTCP)
		}
	case j.mayHaveFailed():
	case !j.theirs.closed && j.known == viewClose && !j.awaitsResponse():
		j.due.reply = true
	case j.theirs.closed && j.tcpDue():
		j.due.tcp = true
		j.exercise(j.tcpRule())
	}
}

// awaitsResponse reports whether the peer, a client, may still wait for the end of
// our response.
func (j *Judge) awaitsResponse() bool {
	return j.role == wsproto.Server && j.opening.partial && !j.theirs.spoke
}

// tcpDue reports whether it is for the peer to close TCP: for a server once both
// have sent a close frame, for a client once the server has closed TCP (RFC
// 6455 5.5.1, 7.1.1).
func (j *Judge) tcpDue() bool {
	if j.role == wsproto.Client {
		return j.ours.closed
	}
	return j.ours.eof
}

// tcpRule is the rule by which it is.
func (j *Judge) tcpRule() rule {
	switch {
	case j.ours.binding >= 0:
		return ruleFailTCP
	case j.role == wsproto.Client:
		return ruleServerTCP
	}
	return ruleCloseTCP
}

// settleFailing is called before we send more. A peer that was to fail the
// connection, had its chance and did not take it has gone on: what it does
// from now on may be its answer to something else.
func (j *Judge) settleFailing() {
	if j.over || !j.due.fail && j.due.leniency == 0 {
		return
	}
	if j.due.fail && j.due.silent {
		j.due.again = true
		return
	}
	r, got := j.tolerated()
	j.reportSilence(r, j.theirs.offset, r.want(), got)
	j.due.fail, j.due.leniency = false, 0
}

// tolerated returns the rule by which the peer has to fail the connection, and
// what it took.
func (j *Judge) tolerated() (rule, string) {
	f := j.ours.first()
	if !j.due.fail {
		f = &j.ours.faults[j.due.leniency-1]
	}
	return f.rule, "an open connection after " + f.describe()
}

// endingOverdue adds what the peer did not do by the end.
func (j *Judge) endingOverdue(add func(r rule, want, got string)) {
	switch {
	case j.due.fail && j.due.silent:
	case j.due.fail || j.due.leniency > 0:
		r, got := j.tolerated()
		add(r, r.want(), got)
	}
	switch {
	case j.due.reply:
		r := ruleCloseReply
		if j.ours.closeFault != noRule {
			r = j.ours.closeFault
		}
		add(r, "a close frame that answers ours", "nothing")
	case j.due.tcp && !j.toleratedFault:
		r := j.tcpRule()
		add(r, r.want(), "an open TCP connection")
	}
}

// dropped judges the end of the peer's direction: end of stream, or reset.
func (j *Judge) dropped(how state) {
	if j.over {
		return
	}
	j.answer(featureEnd, 0)
	j.over, j.theirs.gone = true, true
	j.reached.add(how)
	switch j.phase {
	case phaseOpening:
		if o := &j.opening; o.later {
			// A connection may end after any request (RFC 9112 9.5). A server that has let that much time
			// pass has not read it, and has not said that it would not (9.3).
			if len(o.received) == 0 && o.owedNothing() == "" && o.request != nil && j.at-max(j.sentAt, j.heardAt) >= DefaultPatience {
				o.overdue, j.silence = true, Waited
			}
			break
		}
		if j.opt.Carrier == HTTP2 && len(j.opening.refuse) > 0 {
			j.opening.overdue = false // to reset the stream is as good
		} else if j.role == wsproto.Client && len(mostBinding(j.opening.refuse)) > 0 && j.opening.request != nil && asksForWebSocket(j.opening.request) {
			j.report(ruleHTTPStatus, j.theirs.offset, "an HTTP error", "the end of the connection")
		} else if len(j.opening.received) == 0 {
			j.refusedEqual(Waited, "the end of the connection")
		}
	case phaseMustFail:
		j.opening.overdue = false
	case phaseOpen:
		if j.theirs.closed {
			j.closedTCP()
		} else {
			j.droppedOpen()
		}
	}
}

// closedTCP judges the end of TCP after a close frame of the peer.
func (j *Judge) closedTCP() {
	j.reached.add(stateClosed)
	r := j.tcpRule()
	if j.tcpDue() {
		j.exercise(r)
	}
	if j.due.tcp || j.tcpDue() && j.slowly() {
		// Late; a server that waited for our end of the stream did not close it.
		j.due.tcp = false
		if j.role == wsproto.Client && j.ours.eofWaited {
			j.reportSilence(r, j.theirs.offset, r.want(), "an open TCP connection until we closed our side")
		} else {
			j.late(r, j.theirs.offset, r.want(), "the end of TCP")
		}
	}
	if j.role == wsproto.Server && j.ours.closed && j.ours.first() == nil {
		j.exercise(ruleClientWaits)
		if !j.ours.eof && !j.reset {
			j.report(ruleClientWaits, j.theirs.offset, "a client that waits until the server closes TCP", "the end of the client's direction")
		}
	}
}

// droppedOpen judges the end of TCP without a close frame of the peer.
func (j *Judge) droppedOpen() {
	j.echo.cutShort(j)
	switch h := &j.http2; { // too many streams may be a fault of the connection
	case h.calm != "":
	case h.goAway:
		h.calm = reasonGoAway
	case h.hasty:
		h.calm = reasonHasty
	case h.beyond != 0:
		h.calm = reasonStreams
	}
	f := j.ours.first()
	// Where a reset is what we got, a close frame before it may be lost; and where we
	// did not read, the peer may have had no room for one.
	lost := j.reset || j.gaveUp()
	// To a client that does not take our response, the connection is not established.
	untaken := j.role == wsproto.Server && j.declinedOpening() && !j.ours.eof
	switch {
	case j.http2.fault != noRule || j.http2.excused():
	case f != nil:
		if !j.theirs.closed && (!j.inflated || !j.ours.closed && !j.ours.eof) {
			j.failsLate()
		}
		j.reached.add(stateFailing)
		j.due.tcp = false
		j.due.fail, j.due.leniency = false, 0
		if !f.masking() && !f.inResponse() && !untaken {
			j.exercise(ruleCloseFrame)
			if !lost {
				j.report(ruleCloseFrame, j.theirs.offset, "a close frame before the end of TCP", "the end of TCP alone")
			}
		}
	case j.ours.closeFault != noRule:
		j.due.reply = false
		j.exercise(ruleCloseFrame)
		if !lost {
			j.report(ruleCloseFrame, j.theirs.offset, "a close frame before the end of TCP", "the end of TCP alone")
		}
	case untaken:
		j.early, j.due.reply = true, false
	case j.ours.closed:
		j.droppedUnanswered(lost)
	case j.ours.eof || j.ours.suspect():
	case j.opening.interim && !j.theirs.spoke && !j.opening.loose:
		j.early = true
		j.report(ruleInterim, j.theirs.offset, ruleInterim.want(), "the end of TCP after an interim response and status 101")
	default:
		if !lost {
			j.report(ruleCleanClose, j.theirs.offset, "the closing handshake before the end of TCP", "the end of TCP alone")
		}
		j.unprompted("the end of TCP", j.theirs.offset)
	}
}

// droppedUnanswered judges the end of TCP where our close frame was to be
// answered. The peer may have dropped the connection before it read the frame,
// unless that was the only thing that it could act on: after it had nothing left to
// do, or after it had answered all that came before. And it may fail the connection for
// a code that it does not know, or for what follows the frame, without one of its own.
func (j *Judge) droppedUnanswered(lost bool) {
	if j.at-j.sentAt >= DefaultPatience && !j.due.reply && !j.sentEarly {
		j.due.reply, j.silence = true, Waited // a peer that waits so long has probably read it
	}
	waited := j.due.reply
	right := j.ours.closeRight && !j.sentEarly
	alone := right && j.ours.closeAlone && j.quietAt == j.at
	next := right && j.ours.closeNext && j.stays() && !j.echo.bomb() && !j.declinedOpening()
	j.due.reply = false
	switch {
	case lost:
	case waited && !alone:
		j.reportSilence(ruleCloseReply, j.theirs.offset, "a close frame that answers ours", "the end of TCP alone")
	case j.ours.eof && j.opt.Relayed && j.opt.Carrier == HTTP1:
		// The proxy may have discarded what was on its way.
		j.bend(ruleCloseReply, j.theirs.offset, "a close frame that answers ours", "the end of TCP alone, after the end of our direction")
	case alone:
		j.report(ruleCloseReply, j.theirs.offset, "a close frame that answers ours", "the end of TCP alone")
	case next:
		// It may have been about to end the connection anyhow, once; not each time.
		j.add(ruleCloseReply, Violation, Waited, j.theirs.offset, "a close frame that answers ours", "the end of TCP alone")
	default:
		j.report(ruleCleanClose, j.theirs.offset, "the closing handshake before the end of TCP", "the end of TCP alone")
	}
}

// unprompted is called when the peer ends a conversation in which nothing is
// wrong, at that offset.
func (j *Judge) unprompted(how string, offset int64) {
	j.early = true
	if !j.stays() || j.mayLeave() || j.gaveUp() || j.idled() || j.closeLost() && !j.mayHaveRefused() || j.ours.eof || j.ours.suspect() || j.ours.beyond() ||
		j.declinedOpening() || j.owesPong() {
		return
	}
	if h := &j.http2; h.fault != noRule || h.ours.ended || h.excused() {
		return // it may say so by a close frame first
	}
	if j.theirs.closed && j.theirs.code.HasCode {
		if j.theirs.code.Code == wsproto.CloseTooBig {
			j.judgeLimit(offset)
		}
		if outcome, _ := j.limit(); outcome != Pass {
			return // Verdict says so
		}
		how += " with code " + j.theirs.code.Code.String()
	}
	if j.echo.bomb() {
		return // a limit too, kept in another way
	}
	r := ruleStay
	if j.asksTakeover() && !j.theirs.spoke {
		r = ruleClientTakeover
	}
	if j.opt.Dialect.Echoes() && !j.closeLost() && !j.crosses() {
		j.report(r, offset, "an open connection", how)
	} else {
		// It may have had a reason of its own, once; not each time.
		j.add(r, Violation, Waited, offset, "an open connection", how)
	}
}

// closeLost reports whether a close frame of the peer's may be lost that said why it ended the
// connection. A system resets a connection that is closed while octets wait to be read, and
// what was written last may never leave. A peer that has read all that we sent loses nothing.
func (j *Judge) closeLost() bool {
	return j.lossy && !j.theirs.closed && !j.allRead()
}

// allRead reports whether the peer has shown to have read all that we sent.
func (j *Judge) allRead() bool {
	p := &j.ours.in.parser
	return p.Offset+int64(len(p.Pending())) <= j.ours.read
}

// mayHaveRefused reports whether the peer is a client that has sent nothing, after so little of ours that it
// more likely did not take the response than had a limit.
func (j *Judge) mayHaveRefused() bool {
	return j.role == wsproto.Server && !j.theirs.spoke && j.ours.contents <= maxControl
}

// Some peers have a limit to the time in which nothing comes or goes, which may be idleLimit where they owe us nothing
// and workLimit where they do, to the time that a frame or a message of ours takes, which may be workLimit, and to that
// of a connection, which may be lifeLimit. On a busy machine we see less of the time than the peer does. What ends a
// connection for another reason does so at once.
const (
	idleLimit = time.Second
	workLimit = 5 * time.Second
	lifeLimit = 8 * time.Second
)

// idled reports whether a limit of time may be the reason for the event under way.
func (j *Judge) idled() bool {
	limit := workLimit
	if !j.pending() || j.unsent { // what has not all left cannot be answered
		limit = idleLimit
	}
	heard := j.heardAt
	if j.hearing { // the end is in a frame, which may come in pieces
		heard = j.frameAt
	}
	return j.at-max(j.sentAt, heard) >= limit || !j.ours.in.idle() && j.at-j.ours.begunAt >= workLimit || j.at >= lifeLimit
}

// crosses reports whether the peer may have ended the connection before our last octets came to it: so much
// time has passed since those that it has read, by what it has sent, that a limit may have been over. What it
// sent may have waited for us on a busy machine.
func (j *Judge) crosses() bool {
	at := j.shownAt
	if j.allRead() {
		at = j.handedAt
	}
	return j.at-at >= idleLimit*3/4
}

// pending reports whether messages or pings of ours wait for an answer.
func (j *Judge) pending() bool {
	return j.echo.waiting() || j.answers.waiting() || j.ours.pings.answered < j.ours.pings.count
}

// gaveUp reports whether the peer may have given up because we did not read, or because
// we had not caught up on what came meanwhile.
func (j *Judge) gaveUp() bool {
	return j.stalled || j.burdened() || j.resumedAt > 0 && j.at-j.pausedSince >= DefaultPatience && j.at-j.resumedAt < DefaultPatience
}

// So many pings and so many octets that we send and whose answers we do not read may be
// more than a peer keeps: many bound the pongs that wait, or all that waits to be written.
const (
	unreadPings  = 16
	unreadOctets = 1 << 20
)

// burdened reports whether we sent that much while we did not read.
func (j *Judge) burdened() bool {
	return j.burden || j.paused && (j.ours.pings.count-j.pausedPings >= unreadPings || j.pausedSent >= unreadOctets)
}

// limit is [Limit] for the peer's close frame. Code 1010 says that an extension is missing: a server does not use it, and
// a client knows that before its first message.
func (j *Judge) limit() (Outcome, string) {
	if j.theirs.code.Code == wsproto.CloseMandatoryExtension && j.ext.deflate && (j.role == wsproto.Client || j.theirs.spoke) {
		return Pass, ""
	}
	return Limit(j.theirs.code)
}

// judgeLimit judges a close frame with code 1009 where nothing is wrong. The policy that
// code 1008 speaks of may be about anything, such as how many messages there are.
func (j *Judge) judgeLimit(offset int64) {
	got := fmt.Sprintf("code %d for a message that is no longer than one that came back", j.theirs.code.Code)
	switch yes, onWire := j.echo.unlimited(); {
	case yes && onWire:
		j.report(rulePeerBloated, offset, "a limit that holds for the inflated size of messages too", got)
	case yes:
		j.report(ruleStay, offset, "an open connection", got)
	}
}

// Clauses that are not judged here, and why.
var _ = unjudged(
	clause("rfc6455/7.1.1/server-first", Should, bindsClient,
		"leave it to the server to close the TCP connection first.").sameAs("rfc6455/5.5.1/client-waits"),
	clause("rfc6455/7.1.1/server-initiates", Should, bindsServer,
		"close the TCP connection at once when it is to close.").sameAs("rfc6455/5.5.1/server-close-tcp"),
	clause("rfc6455/7.1.1/client-waits", Should, bindsClient,
		"wait for the server to close the TCP connection when it is to close.").
		sameAs("rfc6455/5.5.1/client-waits"),
	clause("rfc6455/7.1.2/start", Must, bindsBoth,
		"start the closing handshake with a close frame of the code and reason that it was given.").
		unseen("Code and reason are given by the application."),
	clause("rfc6455/7.1.2/close-tcp", Should, bindsBoth,
		"close the WebSocket connection once it has sent and received a close frame.").
		sameAs("rfc6455/5.5.1/close-tcp"),
	clause("rfc6455/7.1.7/log", Should, bindsServer,
		"log why it failed a connection.").unseen("It is not on the wire."),
	clause("rfc6455/7.1.7/client-closes", ShouldNot, bindsClient,
		"close the connection for no reason that the RFC or the application gives.").
		unseen("What the application asked for does not show."),
	clause("rfc6455/7.2.1/fail", Must, bindsClient,
		"fail the connection as 7.1.7 says where the opening handshake asks for it.").
		sameAs("rfc6455/7.1.7/close-tcp"),
	clause("rfc6455/7.2.1/lost", Must, bindsClient,
		"fail the WebSocket connection when the transport is lost.").
		unseen("Without a transport there is nothing to see."),
	clause("rfc6455/7.2.1/client-closes", ShouldNot, bindsClient,
		"close the connection for no reason that the RFC or the application gives.").
		sameAs("rfc6455/7.1.7/client-closes"),
	clause("rfc6455/7.2.2/abort", Must, bindsServer,
		"close the connection when it aborts the opening handshake.").
		unseen("After an HTTP error the connection may serve another request."),
	clause("rfc6455/7.2.3/backoff", Should, bindsClient,
		"back off when it connects again after an abnormal closure.").unseen(oneConnection),
	clause("rfc6455/7.2.3/first-delay", Should, bindsClient,
		"delay its first attempt to connect again by a random time.").unseen(oneConnection),
	clause("rfc6455/7.2.3/longer-delays", Should, bindsClient,
		"delay further attempts by longer and longer times.").unseen(oneConnection),
	clause("rfc6455/7.3/client-closes", ShouldNot, bindsClient,
		"close the connection arbitrarily.").sameAs("rfc6455/7.1.7/client-closes"),
	clause("rfc6455/10.7/validate", Must, bindsBoth,
		"validate the data that it receives.").
		unseen("It sums up what is judged at each clause whose id ends in -fail."),
	clause("rfc6455/10.7/close-frame", Should, bindsBoth,
		"send a close frame with a fitting status code before it closes on invalid data.").
		sameAs("rfc6455/7.1.7/close-frame"),
)
