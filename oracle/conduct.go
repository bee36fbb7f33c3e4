package oracle

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
)

// What no peer may do, of any kind: to die, to hang, to take memory or work
// out of proportion, to mix connections up, and to send without end. The engine
// measures it, and an event of the trace says so.
var (
	rulePeerDied = newRule(clause("wscheck/peer-died", MustNot, bindsBoth,
		"die during a conversation.").
		wanted("a peer that outlives the conversation"))
	rulePeerPanic = newRule(clause("wscheck/peer-panicked", MustNot, bindsBoth,
		"panic during a conversation.").
		wanted("a peer that outlives the conversation"))
	rulePeerHung = newRule(clause("wscheck/peer-hung", MustNot, bindsBoth,
		"keep a connection busy after it is over.").
		broken("is still busy with a connection that is over").
		wanted("a peer that is done with the connection"))
	rulePeerBloated = newRule(clause("wscheck/peer-bloated", MustNot, bindsBoth,
		"take memory out of all proportion to what it was sent.").
		wanted("memory in proportion to what was sent"))
	rulePeerToiled = newRule(clause("wscheck/peer-toiled", MustNot, bindsBoth,
		"do work that grows faster than what it was sent.").
		wanted("work in proportion to what was sent"))
	rulePeerKept = newRule(clause("wscheck/peer-kept", MustNot, bindsBoth,
		"keep memory of connections that are over.").
		wanted("free memory once connections are over"))
	rulePeerMixed = newRule(clause("wscheck/peer-mixed", MustNot, bindsBoth,
		"send octets that came to it on another connection.").
		noted("A chat does so on purpose, and is no echo: wscheck client tests it with --dialect none.").
		wanted("octets of this connection alone"))
	ruleOverflow = newRule(clause("wscheck/overflow", MustNot, bindsBoth,
		"send without end.").
		noted("A peer that is no echo may have that much to say: what others write, or what happens elsewhere.").
		wanted("an end of what the peer sends"))
)

// judgeConduct judges an event that is about the peer itself.
func (j *Judge) judgeConduct(ev *Event) {
	r, got := rulePeerDied, ev.Tag
	switch ev.Kind {
	case EventPeerDied:
		if isPanic(ev) {
			r = rulePeerPanic
		}
		j.over = true
	case EventPeerHung:
		r, got = rulePeerHung, cmp.Or(got, "a busy peer")
	case EventPeerBloated:
		if r = rulePeerBloated; j.echo.bombTaken {
			// It gave back a message that grew: it may have no limit, and took the
			// memory that the message asked for.
			j.bend(r, j.theirs.offset, r.want(), got)
			return
		}
	case EventPeerToiled:
		r = rulePeerToiled
	case EventPeerKept:
		r = rulePeerKept
	case EventPeerMixed:
		r = rulePeerMixed
	case EventKeyAgain:
		r = ruleKeyRandom
	case EventMaskWeak:
		r = ruleKeyPredictable
	case EventOverflow:
		r, got = ruleOverflow, cmp.Or(got, fmt.Sprintf("more than %d octets", j.theirs.offset))
		j.incomplete = true
		if j.flooded = j.theirs.said && j.theirs.talks && !j.opt.Dialect.Echoes(); j.flooded {
			return // it may have that many messages of its own
		}
	}
	j.report(r, j.theirs.offset, r.want(), got)
}

// isPanic reports whether a peer died of a Go panic.
func isPanic(ev *Event) bool {
	return strings.Contains(ev.Tag, "panic") || bytes.HasPrefix(ev.Data, []byte("panic: "))
}

// Clauses that are not judged here, and why.
var _ = unjudged(
	clause("rfc6455/10.4/protect", Must, bindsBoth,
		"protect itself against frames and messages beyond its limits.").sameAs("wscheck/peer-bloated"),
	clause("rfc6455/10.4/limit", Should, bindsBoth,
		"limit the size of frames and of messages.").
		unseen("A limit that was not reached does not show."),
	clause("rfc6455/10.6/tls", Must, bindsBoth,
		"support TLS.").unseen("A conversation without TLS does not say what else is supported."),
	clause("rfc6455/10.6/tls-used", Should, bindsBoth,
		"use TLS.").unseen("Whether it is used under test is for the tester to choose."),
)
