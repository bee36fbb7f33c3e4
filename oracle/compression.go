package oracle

import (
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/wsproto"
)

var (
	ruleDeflate           = newRule("rfc7692/7.2.1/deflate")
	ruleTail              = newRule("rfc7692/7.2.1/tail")
	rulePadding           = newRule("rfc7692/7.2.1/padding")
	ruleClientLZ77        = newRule("rfc7692/7.2.1/client-window")
	ruleServerLZ77        = newRule("rfc7692/7.2.1/server-window")
	ruleClientEmptyWindow = newRule("rfc7692/7.2.1/client-empty-window")
	ruleServerEmptyWindow = newRule("rfc7692/7.2.1/server-empty-window")
	ruleInvalidFail       = newRule("rfc7692/7.2.2/invalid-fail")
	ruleUnfinishedFail    = newRule("rfc7692/7.2.2/unfinished-fail")
	ruleTailFail          = newRule("rfc7692/7.2.2/tail-fail")
	ruleOverrunFail       = newRule("rfc7692/7.2.2/overrun-fail")
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
		j.reportf(ruleTail, it.FrameOffset, "an empty stored block less 00 00 FF FF at the end of the message", "%s", r.Ending)
	}
}

// reaching is the subject and the verb for so many distances.
func reaching(n int) string {
	if n == 1 {
		return "1 distance that reaches"
	}
	return plural.Of(n, "distance") + " that reach"
}
