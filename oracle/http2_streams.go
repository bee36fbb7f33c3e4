package oracle

import (
	"cmp"
	"slices"

	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/wsproto"
)

var (
	ruleStreams = newRule(clause("rfc9113/5/streams", Must, bindsServer,
		"continue a stream when another one ends or fails."))
	ruleAfterReset = newRule(clause("rfc9113/5.1/after-reset", MustNot, bindsBoth,
		"send DATA of a stream after it has received RST_STREAM."))
	ruleLimit = newRule(clause("rfc9113/5.1.2/limit", Must, bindsServer,
		"refuse a stream beyond the SETTINGS_MAX_CONCURRENT_STREAMS that it has announced."))
	ruleGoAway = newRule(clause("rfc9113/6.8/goaway", Should, bindsBoth,
		"continue its open streams after GOAWAY with NO_ERROR."))
	ruleContinued = newRule(clause("rfc9113/6.10/continued", Must, bindsServer,
		"accept a field block that continues in CONTINUATION frames."))
	ruleTunnelFail = newRule(clause("rfc9113/8.5/tunnel-frames", Should, bindsBoth,
		"reset the stream of an extended CONNECT on HEADERS after its header list."))
)

// manyResets is from how many resets on a server may take us for an attacker.
const manyResets = 10

// maxUnanswered bounds the streams whose answers are looked for.
const maxUnanswered = 256

// fewContinuations is how many CONTINUATION frames every peer has to take: many of them
// are an attack.
const fewContinuations = 4

// otherSent follows what a frame of ours means for other streams than the WebSocket's.
func (h *http2) otherSent(j *Judge, f *h2frame.Frame) {
	switch {
	case f.Type == h2frame.GoAway && f.Stream == 0 && len(f.Body) >= 8 && h2frame.Uint32(f.Body[4:]) == 0:
		h.goAway = true
		h.odd = ruleGoAway
		j.exercise(ruleGoAway)
	case f.Type == h2frame.Continuation && h.stream != 0 && f.Stream == h.stream:
		if h.conts++; h.conts <= fewContinuations {
			h.odd = ruleContinued
			j.exercise(ruleContinued)
		} else if h.odd == ruleContinued {
			h.odd = noRule
		}
	case j.role != wsproto.Client || f.Stream == 0 || f.Stream == h.stream || f.Stream%2 == 0 || h.stream == 0 || f.Stream > h.top:
	case f.Type == h2frame.Headers:
		j.exercise(ruleStreams)
		if len(h.unanswered) < maxUnanswered {
			h.unanswered = append(h.unanswered, f.Stream)
		}
		if h.odd = ruleStreams; h.loose() {
			h.odd = noRule
		}
		if h.others++; h.concurrent >= 0 && h.others >= h.concurrent {
			j.exercise(ruleLimit)
			h.odd = noRule // it may take one stream too many for a fault of the connection
			h.beyond = cmp.Or(h.beyond, f.Stream)
		}
	case f.Type == h2frame.Data:
		h.hasty = h.hasty || slices.Contains(h.unanswered, f.Stream)
		if h.spent += int64(f.Length); (h.hasty || h.loose()) && h.odd == ruleStreams {
			h.odd = noRule
		}
	case f.Type == h2frame.Reset:
		h.others--
		h.resets++
	}
}

// otherReceived judges what a frame of the peer's means for other streams.
func (j *Judge) otherReceived(f *h2frame.Frame) {
	h := &j.http2
	if f.Type == h2frame.Headers || f.Type == h2frame.Reset {
		h.unanswered = slices.DeleteFunc(h.unanswered, func(id uint32) bool { return id == f.Stream })
	}
	switch {
	case f.Type == h2frame.GoAway && len(f.Body) >= 8:
		switch code := h2frame.Uint32(f.Body[4:]); {
		case h.calm != "":
		case code == enhanceYourCalm:
			h.calm = "the peer took us for an attacker: it sent GOAWAY with ENHANCE_YOUR_CALM"
		case code == 0 && h.goAway:
			h.calm = reasonGoAway
		case code != 0 && h.resets >= manyResets:
			h.calm = "the peer ended the connection after many streams that were reset"
		case code != 0 && h.hasty:
			h.calm = reasonHasty
		case code != 0 && h.loose():
			h.calm = "the peer ended the connection after more DATA than its smallest window has room for"
		}
	case f.Type == h2frame.Headers && f.Stream == h.beyond && h.beyond != 0 && h.resets == 0:
		j.report(ruleLimit, j.theirs.offset, "RST_STREAM", f.String())
	case f.Type == h2frame.Data && f.Stream == h.stream && h.ours.reset:
		j.exercise(ruleAfterReset)
		if h.aware == resetKnown && f.Length > 0 {
			j.report(ruleAfterReset, j.theirs.offset, "nothing after RST_STREAM", f.String())
		}
	}
}

// Error codes by which a peer does without what it could have (RFC 9113 7).
const (
	refusedStream   = 0x7
	enhanceYourCalm = 0xb
)

// Why a peer may have ended the connection for what it was asked to do.
const (
	reasonGoAway  = "the peer ended the connection after our GOAWAY, as it may"
	reasonHasty   = "the peer ended the connection after octets on a stream that it had not answered"
	reasonStreams = "the peer ended the connection after more streams than it takes"
)

// declines reports whether RST_STREAM speaks of a limit of the peer's, and of no fault.
func declines(f *h2frame.Frame) bool {
	code := uint32(0)
	if len(f.Body) >= 4 {
		code = h2frame.Uint32(f.Body)
	}
	return code == refusedStream || code == enhanceYourCalm
}

// loose reports whether our DATA on other streams may have been more than their windows
// have room for.
func (h *http2) loose() bool { return h.spent > h.peers }

// excused reports whether the peer owes nothing more of the WebSocket: the stream is
// aborted, or it ended the connection as it may.
func (h *http2) excused() bool { return h.calm != "" || h.ours.reset }
