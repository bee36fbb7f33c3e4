package oracle

import (
	"fmt"
	"slices"

	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/wsproto"
)

// http2 is what the judge knows of the connection beneath the stream, by its
// frames.
type http2 struct {
	ours, theirs h2Side
	stream       uint32 // of the WebSocket; 0 before its HEADERS

	settings  int  // of ours that the peer has not acknowledged
	spare     int  // of ours that are malformed: a peer may acknowledge one before it sees that
	enabled   bool // the server has said that it takes extended CONNECT
	pings     []ownPing
	granted   int64 // octets of DATA that the peer may send on the stream besides the window of SETTINGS
	all       int64 // on the connection
	newWindow []int64
	window    int64 // SETTINGS_INITIAL_WINDOW_SIZE of ours that holds
	fault     rule  // for which the peer has to act; noRule for none
	odd       rule  // by which it has to ignore what we sent last; noRule for none
	what      string
	torn      bool   // the rest of that frame is not sent: a peer may wait for it
	limit     int    // the longest frame that the peer takes
	top       uint32 // the highest number of a client's stream
	acted     bool   // the peer reset the stream, sent GOAWAY or is gone

	concurrent int64    // streams that the server takes at a time; -1 for any number
	peers      int64    // the smallest window that the server has had for a new stream
	spent      int64    // octets of DATA of ours on others
	others     int64    // streams of ours besides that of the WebSocket that are open
	resets     int      // of those, in all
	beyond     uint32   // the first of them that was more than the server takes; 0 for none
	unanswered []uint32 // of those, which the peer has not answered
	hasty      bool     // our DATA came on one of them
	conts      int      // CONTINUATION frames of ours
	goAway     bool     // we have sent GOAWAY
	aware      fence    // how much of our RST_STREAM the peer is known to have got
	calm       string   // why the peer ended the connection for what it was asked to do, as it may
}

// h2Side is one direction.
type h2Side struct {
	frames int
	block  uint32 // the stream of a field block that is not complete; 0 for none
	ended  bool   // END_STREAM on the stream
	reset  bool   // RST_STREAM on it
	opened bool   // HEADERS that the stream is open after
}

// ownPing is a PING of ours that is not acknowledged.
type ownPing struct {
	octets [8]byte
	sent   fence
}

// fence is what a PING or its acknowledgement comes after. A peer may acknowledge a PING
// before it sends what it had enqueued by then (RFC 9113 5.4.2 and 6.7): only what follows
// another PING after that is new.
type fence uint8

const (
	notReset fence = iota // our RST_STREAM is not sent
	resetSent
	resetAcked // a PING that followed it is acknowledged
	resetKnown // another one that followed that is, too
)

// maxAwaited bounds the pings and settings of ours whose answers are looked for.
const maxAwaited = 64

func (h *http2) reset() {
	*h = http2{peers: h2frame.FirstWindow, all: h2frame.FirstWindow, window: h2frame.FirstWindow, concurrent: -1, fault: noRule, odd: noRule, limit: h2frame.FirstFrameSize}
}

// frameSent follows a frame of ours.
func (j *Judge) frameSent(ev *Event) {
	f, ok := h2frame.Parse(ev.Data)
	h := &j.http2
	if !ok || j.opt.Carrier != HTTP2 {
		return
	}
	if j.role == wsproto.Client && f.Type == h2frame.Headers && h.stream == 0 {
		h.stream = f.Stream
	}
	if r, what := h.wrong(&h.ours, &f, j.role == wsproto.Server); r.receiver != noRule {
		j.exercise(r.receiver)
		if h.fault == noRule && !h.theirs.ended && !h.theirs.reset {
			h.fault, h.what, h.torn = r.receiver, what, ev.Tag == h2frame.Incomplete
		}
	}
	h.otherSent(j, &f)
	if !f.Known() {
		j.exercise(ruleUnknownType)
		h.odd = ruleUnknownType
	}
	switch {
	case f.Type == h2frame.Settings && f.Flags&h2frame.FlagAck == 0 && f.Length%6 == 0 && f.Stream == 0:
		h.settings++
		j.exercise(ruleSettingsAck)
		window := int64(-1)
		for b := f.Body; len(b) >= 6; b = b[6:] {
			switch h2frame.Uint16(b) {
			case h2frame.SettingWindow:
				window = int64(h2frame.Uint32(b[2:]))
			case 0, 7, 9:
				j.exercise(ruleUnknownSet)
				h.odd = ruleUnknownSet
			}
		}
		if len(h.newWindow) < maxAwaited {
			h.newWindow = append(h.newWindow, window)
		}
	case f.Type == h2frame.Settings && f.Flags&h2frame.FlagAck == 0:
		h.spare++
	case f.Type == h2frame.Ping && f.Flags&h2frame.FlagAck == 0 && len(f.Body) == 8 && f.Stream == 0 && len(h.pings) < maxAwaited:
		if h.ours.reset {
			h.aware = max(h.aware, resetSent)
		}
		h.pings = append(h.pings, ownPing{[8]byte(f.Body), h.aware})
		j.exercise(rulePingAck)
	case f.Type == h2frame.Window && len(f.Body) == 4:
		n := int64(h2frame.Uint32(f.Body) & h2frame.MaxWindow)
		if f.Stream == 0 {
			h.all += n
		} else if f.Stream == h.stream {
			h.granted += n
		}
	}
}

// frameReceived judges a frame of the peer's.
func (j *Judge) frameReceived(ev *Event) {
	f, ok := h2frame.Parse(ev.Data)
	h := &j.http2
	if !ok || j.opt.Carrier != HTTP2 {
		return
	}
	if h.theirs.frames == 0 {
		j.exercise(ruleFirstSettings, ruleFramesValid)
		if f.Type != h2frame.Settings || f.Flags&h2frame.FlagAck != 0 {
			j.report(ruleFirstSettings, j.theirs.offset, "a SETTINGS frame", f.String())
		}
	}
	if j.role == wsproto.Server && f.Type == h2frame.Headers && h.stream == 0 {
		h.stream = f.Stream
		j.judgeFields(requestFaults, ev.Tag)
	} else if j.role == wsproto.Client && f.Type == h2frame.Headers && f.Stream == h.stream && h.stream != 0 && !h.theirs.opened {
		j.judgeFields(responseFaults, ev.Tag)
	}
	if r, what := h.wrong(&h.theirs, &f, j.role == wsproto.Client); r.sender != noRule {
		j.report(r.sender, j.theirs.offset, r.sender.want(), what)
	}
	j.otherReceived(&f)
	if refuses := f.Type == h2frame.Reset && f.Stream == h.stream && !declines(&f) || f.Type == h2frame.GoAway && len(f.Body) >= 8 && h2frame.Uint32(f.Body[4:]) != 0; refuses &&
		!j.opt.Captured && h.odd != noRule && h.fault == noRule && h.calm == "" && !j.theirs.closed && j.ours.first() == nil {
		j.report(h.odd, j.theirs.offset, h.odd.want(), f.String())
	}
	j.frameAnswers(&f)
	j.flowReceived(&f)
}

// frameAnswers notes what a frame of the peer's answers.
func (j *Judge) frameAnswers(f *h2frame.Frame) {
	h := &j.http2
	switch {
	case f.Type == h2frame.Reset && f.Stream == h.stream:
		h.acted = true
		if !h.theirs.ended && j.phase == phaseOpen && j.theirs.closed && j.ours.closed && j.ours.first() == nil && h.fault == noRule && j.role == wsproto.Client {
			j.report(ruleEndStream, j.theirs.offset, ruleEndStream.want(), f.String())
		}
	case f.Type == h2frame.GoAway && len(f.Body) >= 8 && h2frame.Uint32(f.Body[4:]) != 0:
		h.acted = true
	case f.Type == h2frame.Settings && f.Flags&h2frame.FlagAck != 0:
		if h.settings == 0 && h.spare > 0 {
			h.spare--
			return
		}
		if h.settings--; h.settings < 0 {
			j.report(ruleFramesValid, j.theirs.offset, "no acknowledgement of what was not sent", f.String())
		}
		if len(h.newWindow) > 0 {
			if w := h.newWindow[0]; w >= 0 {
				h.window = w
			}
			h.newWindow = h.newWindow[1:]
		}
	case f.Type == h2frame.Settings:
		j.judgeConnectSetting(f)
	case f.Type == h2frame.Ping && f.Flags&h2frame.FlagAck != 0 && len(f.Body) == 8:
		for i, ping := range h.pings {
			if ping.octets == [8]byte(f.Body) {
				if ping.sent >= resetSent {
					h.aware = max(h.aware, ping.sent+1)
				}
				h.pings = append(h.pings[:i:i], h.pings[i+1:]...)
				return
			}
		}
		j.report(rulePingAck, j.theirs.offset, "the octets of the PING in its acknowledgement", fmt.Sprintf("<%x>", f.Body))
	}
}

// judgeConnectSetting judges SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 3).
func (j *Judge) judgeConnectSetting(f *h2frame.Frame) {
	h := &j.http2
	for b := f.Body; len(b) >= 6; b = b[6:] {
		id := h2frame.Uint16(b)
		switch id {
		case h2frame.SettingStreams:
			h.concurrent = int64(h2frame.Uint32(b[2:]))
		case h2frame.SettingWindow:
			h.peers = min(h.peers, int64(h2frame.Uint32(b[2:])))
		}
		if v := h2frame.Uint32(b[2:]); id == h2frame.SettingFrameSize && v <= h2frame.MaxFrameSize {
			h.limit = max(h.limit, int(v))
		}
		if id != h2frame.SettingConnect || j.role == wsproto.Server {
			continue
		}
		value := h2frame.Uint32(b[2:])
		j.exercise(ruleConnectValue, ruleConnectKept)
		switch {
		case value > 1:
			j.report(ruleConnectValue, j.theirs.offset, "0 or 1", fmt.Sprint(value))
		case value == 0 && h.enabled:
			j.report(ruleConnectKept, j.theirs.offset, "the value 1, as before", "the value 0")
		}
		h.enabled = h.enabled || value == 1
	}
}

// flowReceived counts what the peer's DATA takes of our windows.
func (j *Judge) flowReceived(f *h2frame.Frame) {
	h := &j.http2
	if f.Type != h2frame.Data || f.Stream == 0 {
		return
	}
	j.exercise(ruleWindow)
	if !j.opt.Captured {
		h.all -= int64(f.Length)
	}
	if f.Stream == h.stream {
		h.granted -= int64(f.Length)
	}
	if f.Length == 0 {
		return
	}
	// A SETTINGS frame that makes the window smaller can make it negative: only
	// what is sent after its acknowledgement counts.
	if room := h.room(); room < 0 && f.Stream == h.stream || h.all < 0 {
		j.report(ruleWindow, j.theirs.offset, "no more octets of DATA than the window has", fmt.Sprintf("%d octets too many", -min(room, h.all)))
	}
}

// room is how many octets of DATA the peer may send on the stream at most: it may use
// a new window before it acknowledges the SETTINGS frame with it.
func (h *http2) room() int64 {
	return h.granted + max(h.window, slices.Max(append(h.newWindow, -1)))
}

// frameChance holds it against the peer what it did not answer.
func (j *Judge) frameChance() {
	h := &j.http2
	if j.opt.Carrier != HTTP2 || h.acted || j.theirs.gone || h.theirs.ended || h.theirs.frames == 0 {
		return
	}
	if h.fault != noRule && h.torn {
		j.bend(h.fault, j.theirs.offset, h.fault.want(), "an open connection after the beginning of "+h.what)
		return
	}
	if h.fault != noRule {
		j.reportSilence(h.fault, j.theirs.offset, h.fault.want(), "an open connection after "+h.what)
		return
	}
	if h.settings > 0 {
		j.reportSilence(ruleSettingsAck, j.theirs.offset, "an acknowledgement of our SETTINGS", "no acknowledgement")
	}
	if len(h.pings) > 0 {
		j.reportSilence(rulePingAck, j.theirs.offset, "an acknowledgement of our PING", "no acknowledgement")
	}
}

// The rules of HTTP/2. Those that end in Fail are for who gets what is wrong.
var (
	ruleConnectValue = newRule(clause("rfc8441/3/value", Must, bindsServer,
		"give SETTINGS_ENABLE_CONNECT_PROTOCOL the value 0 or 1.").
		wanted("0 or 1"))
	ruleConnectKept = newRule(clause("rfc8441/3/kept", MustNot, bindsServer,
		"set SETTINGS_ENABLE_CONNECT_PROTOCOL back to 0 after 1."))
	ruleSchemePath = newRule(clause("rfc8441/4/scheme-path", Must, bindsClient,
		"send :scheme and :path in a request that has :protocol.").
		wanted(":scheme and :path"))
	ruleProtocol = newRule(clause("rfc8441/5/protocol", Must, bindsClient,
		"send :protocol with the value websocket.").
		wanted(":protocol with the value websocket"))
	ruleNoUpgrade = newRule(clause("rfc8441/5/no-upgrade", MustNot, bindsClient,
		"send Connection or Upgrade in an extended CONNECT.").
		wanted("no Connection or Upgrade field"))
	ruleNoKey = newRule(clause("rfc8441/5/no-key", ShouldNot, bindsBoth,
		"send Sec-WebSocket-Key or Sec-WebSocket-Accept over HTTP/2.").
		wanted("no Sec-WebSocket-Key or Sec-WebSocket-Accept field"))
	ruleStatus2xx = newRule(clause("rfc8441/5/status", Must, bindsServer,
		"accept with status 2xx, not 101.").
		wanted("status 2xx"))
	ruleEndStream = newRule(clause("rfc8441/5/end-stream", Should, bindsServer,
		"end the stream with END_STREAM after the closing handshake, as it would close TCP.").
		wanted("END_STREAM as the end of the stream"))

	ruleFirstSettings = newRule(clause("rfc9113/3.4/settings-first", Must, bindsBoth,
		"send SETTINGS as its first frame."))
	ruleUnknownType = newRule(clause("rfc9113/4.1/unknown-type", Must, bindsBoth,
		"ignore frames whose type it does not know.").
		wanted("no error for a frame of an unknown type"))
	ruleUnknownSet = newRule(clause("rfc9113/6.5.2/unknown-setting", Must, bindsBoth,
		"ignore settings that it does not know.").
		wanted("no error for an unknown setting"))
	ruleFramesValid = newRule(clause("rfc9113/6/frames", Must, bindsBoth,
		"send frames whose length, stream and state are those of their type.").
		wanted("a frame whose length, stream and state are those of its type"))
	ruleSettingsAck = newRule(clause("rfc9113/6.5.3/settings-ack", Must, bindsBoth,
		"acknowledge SETTINGS."))
	rulePingAck = newRule(clause("rfc9113/6.7/ping-ack", Must, bindsBoth,
		"acknowledge PING with the same octets."))
	ruleWindow = newRule(clause("rfc9113/6.9/window", MustNot, bindsBoth,
		"send more DATA than the flow-control window has room for.").
		wanted("DATA within the flow-control window"))
	ruleFields = newRule(clause("rfc9113/8.2/fields", MustNot, bindsBoth,
		"send fields with upper-case letters in their names, or fields of a connection.").
		wanted("lower-case field names, and no field of the connection"))
	rulePseudo = newRule(clause("rfc9113/8.3/pseudo", Must, bindsBoth,
		"send the pseudo-header fields of a request or response first, each once, and no others.").
		wanted("the pseudo-header fields first, each once, and no others"))

	ruleFrameSizeFail = newRule(clause("rfc9113/4.2/frame-size", Must, bindsBoth,
		"end the connection on a frame that is longer than SETTINGS_MAX_FRAME_SIZE."))
	ruleSizeFail = newRule(clause("rfc9113/4.2/length", Must, bindsBoth,
		"end the connection on a frame with a length that its type does not have."))
	ruleIdleFail = newRule(clause("rfc9113/5.1/idle", Must, bindsBoth,
		"end the connection on a frame of a stream that is idle."))
	ruleClosedFail = newRule(clause("rfc9113/5.1/closed", Must, bindsBoth,
		"reset a stream on frames that follow END_STREAM.").
		wanted("a RST_STREAM frame"))
	ruleStreamNumberFail = newRule(clause("rfc9113/5.1.1/stream-number", Must, bindsServer,
		"end the connection on a client's stream with an even number."))
	ruleStreamZeroFail = newRule(clause("rfc9113/6/stream-zero", Must, bindsBoth,
		"end the connection on a frame of stream 0 whose type belongs to a stream."))
	ruleStreamFail = newRule(clause("rfc9113/6/connection-frame", Must, bindsBoth,
		"end the connection on SETTINGS, PING or GOAWAY of a stream other than 0."))
	rulePaddingFail = newRule(clause("rfc9113/6.1/padding", Must, bindsBoth,
		"end the connection on a frame whose padding is as long as its payload, or longer."))
	ruleBlockFail = newRule(clause("rfc9113/6.2/field-block", Must, bindsBoth,
		"end the connection on another frame in the middle of a field block."))
	ruleSettingsFail = newRule(clause("rfc9113/6.5.2/setting", Must, bindsBoth,
		"end the connection on a setting with a value that it does not have."))
	ruleIncrementFail = newRule(clause("rfc9113/6.9/increment", Must, bindsBoth,
		"reset the stream, or end the connection, on a WINDOW_UPDATE of 0.").
		wanted("RST_STREAM, GOAWAY or the end of the connection"))
	ruleOverflowFail = newRule(clause("rfc9113/6.9.1/overflow", Must, bindsBoth,
		"reset the stream, or end the connection, on a window of more than 2^31-1 octets.").
		wanted("RST_STREAM, GOAWAY or the end of the connection"))
	ruleContinuationFail = newRule(clause("rfc9113/6.10/continuation", Must, bindsBoth,
		"end the connection on CONTINUATION where no field block is open."))
	rulePushFail = newRule(clause("rfc9113/8.4/push", Must, bindsServer,
		"end the connection on PUSH_PROMISE of a client."))

	ruleSchemePathFail = newRule(clause("rfc8441/4/scheme-path-refused", Must, bindsServer,
		"refuse an extended CONNECT without :scheme or without :path."))
	ruleProtocolFail = newRule(clause("rfc8441/5/protocol-refused", Should, bindsServer,
		"refuse an extended CONNECT whose :protocol it does not know."))
	ruleUpperFail = newRule(clause("rfc9113/8.2.1/field-refused", Must, bindsServer,
		"refuse a request with an upper-case letter in the name of a field."))
	ruleConnectionFail = newRule(clause("rfc9113/8.2.2/connection-refused", Must, bindsServer,
		"refuse a request with a field of the connection."))
	rulePseudoFail = newRule(clause("rfc9113/8.3/pseudo-refused", Must, bindsServer,
		"refuse a request with pseudo-header fields that are unknown, repeated or late."))
)
