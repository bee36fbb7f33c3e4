package oracle

import (
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/wsproto"
)

var (
	ruleDeflate = newRule(clause("rfc7692/7.2.1/deflate", Must, bindsBoth,
		"send compressed messages that are DEFLATE."))
	ruleTail = newRule(clause("rfc7692/7.2.1/tail", Must, bindsBoth,
		"end a compressed message with an empty stored block, less its last four octets."))
	rulePadding = newRule(clause("rfc7692/7.2.1/padding", Must, bindsBoth,
		"pad a block with BFINAL to the next octet with bits of 0."))
	ruleClientLZ77 = newRule(clause("rfc7692/7.2.1/client-window", MustNot, bindsClient,
		"use a window longer than client_max_window_bits allows."))
	ruleServerLZ77 = newRule(clause("rfc7692/7.2.1/server-window", MustNot, bindsServer,
		"use a window longer than server_max_window_bits allows."))
	ruleClientEmptyWindow = newRule(clause("rfc7692/7.2.1/client-empty-window", Must, bindsClient,
		"begin each message with an empty window under client_no_context_takeover."))
	ruleServerEmptyWindow = newRule(clause("rfc7692/7.2.1/server-empty-window", Must, bindsServer,
		"begin each message with an empty window under server_no_context_takeover."))
	ruleInvalidFail = newRule(clause("rfc7692/7.2.2/invalid-fail", Must, bindsBoth,
		"fail the connection on a compressed message that is not DEFLATE.").noted(validation))
	ruleUnfinishedFail = newRule(clause("rfc7692/7.2.2/unfinished-fail", Must, bindsBoth,
		"fail the connection on a compressed message that ends within a block.").
		disputed("Common inflaters give what they have by then and report nothing; the RFC says nothing of it."))
	ruleTailFail = newRule(clause("rfc7692/7.2.2/tail-fail", Must, bindsBoth,
		"fail the connection on a compressed message that does not end right before the four octets that the sender takes off.").
		disputed("What the receiver appends is then no block, or part of one. Some inflaters fail, and some have given all there is by then."))
	ruleOverrunFail = newRule(clause("rfc7692/7.2.2/overrun-fail", Must, bindsBoth,
		"fail the connection on a back-reference beyond the agreed window, or into a message that was to be forgotten.").
		disputed("The RFC forbids the sender to (7.2.1) and says nothing of the receiver: one that keeps more than was agreed on " +
			"can inflate it, one that does not cannot, and one that starts anew after a block with BFINAL forgets that too."))
)

// judgeCompressed judges a compressed message of the peer by RFC 7692 7.2.1.
func (j *Judge) judgeCompressed(it *wsproto.Item, r *deflate.Report) {
	agreed, window, empty := j.ext.client, ruleClientLZ77, ruleClientEmptyWindow
	if j.theirs.in.sender == wsproto.Server {
		agreed, window, empty = j.ext.server, ruleServerLZ77, ruleServerEmptyWindow
	}
	j.exercise(ruleDeflate, ruleTail)
	if agreed.WindowBits != 0 && agreed.WindowBits < deflate.MaxWindowBits {
		j.exercise(window)
	}
	if agreed.NoContextTakeover {
		j.exercise(empty)
	}
	if r.Finals > 0 {
		j.exercise(rulePadding)
	}
	if r.Window.Count > 0 {
		j.reportf(window, it.FrameOffset, "distances within the agreed window",
			"%s up to %s beyond %s", reaching(int(r.Window.Count)), plural.Of(int(r.Window.Max), "octet"), agreed)
	}
	if r.Context.Count > 0 {
		j.reportf(empty, it.FrameOffset, "a message that begins with an empty window",
			"%s up to %s into messages before", reaching(int(r.Context.Count)), plural.Of(int(r.Context.Max), "octet"))
	}
	if r.Padding {
		j.report(rulePadding, it.FrameOffset, "padding bits of 0 after a block with BFINAL", "other padding bits")
	}
	switch r.Ending {
	case deflate.EndStripped, deflate.EndFault, deflate.EndWithin:
	default:
		j.reportf(ruleTail, it.FrameOffset, "an empty stored block without its 00 00 FF FF at the end of the message", "%s", r.Ending)
	}
}

// reaching is the subject and the verb for so many distances.
func reaching(n int) string {
	if n == 1 {
		return "1 distance that reaches"
	}
	return plural.Of(n, "distance") + " that reach"
}

// aPong is how a pong shows that the peer has read what came before the ping.
const aPong = "a pong"

// failsLate is called when the peer fails the connection, or the connection is closed before the
// peer has had its chance to. It may inflate messages beside what it reads: RFC 7692 does not say
// that a ping or a close frame waits for that. A pong after a message whose fault shows once
// it is inflated is then not a sign that the peer took it, if the connection ends next.
func (j *Judge) failsLate() {
	if !j.inflates {
		return
	}
	j.inflates, j.toleratedFault = false, false
	late := func(f Finding) bool {
		return (f.Clause == ruleInvalidFail.clause().ID || f.Clause == ruleUTF8Fail.clause().ID) && strings.HasPrefix(f.Got, aPong)
	}
	if i := slices.IndexFunc(j.findings, late); i >= 0 {
		f := &j.findings[i]
		f.Outcome = Allowed
		f.Got += ", and the end of the connection next"
	}
}

const byInflated = "It shows in the content that is given back, and as failing a message that is right."

// Clauses that are not judged here, and why.
var _ = unjudged(
	clause("rfc7692/6.1/compressed", Must, bindsBoth,
		"compress a message and set RSV1 of its first frame, both or neither.").
		sameAs("rfc7692/7.2.1/deflate"),
	clause("rfc7692/6.1/uncompressed", Must, bindsBoth,
		"leave RSV1 at 0 in a message that is not compressed.").sameAs("rfc7692/7.2.1/deflate"),
	clause("rfc7692/6.2/inflate", Must, bindsBoth,
		"decompress the messages that have RSV1.").unseen(byInflated),
	clause("rfc7692/6.2/plain", Must, bindsBoth,
		"take the messages without RSV1 as they are.").unseen(byInflated),
	clause("rfc7692/7.2.1/fragment-tail", MustNot, bindsBoth,
		"remove the last four octets of a fragment that is not the last.").
		sameAs("rfc7692/7.2.1/deflate"),
	clause("rfc7692/7.2.1/window", MustNot, bindsBoth,
		"use a window of more than 32768 octets.").
		unseen("DEFLATE has no code for a longer distance."),
	clause("rfc7692/7.2.2/client-takeover", Must, bindsClient,
		"decompress with the window of the message before, unless it was agreed to be empty.").unseen(byInflated),
	clause("rfc7692/7.2.2/server-takeover", Must, bindsServer,
		"decompress with the window of the message before, unless it was agreed to be empty.").unseen(byInflated),
	clause("rfc7692/7.2.2/client-window", Must, bindsClient,
		"decompress with a window of 32768 octets, unless a smaller one was agreed on.").unseen(byInflated),
	clause("rfc7692/7.2.2/server-window", Must, bindsServer,
		"decompress with a window of 32768 octets, unless a smaller one was agreed on.").unseen(byInflated),
)
