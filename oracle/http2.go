package oracle

import (
	"fmt"

	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/wsproto"
)

// http2 is what the judge knows of the connection beneath the stream, by its
// frames.
type http2 struct {
	ours, theirs h2Side
	stream       uint32 // of the WebSocket; 0 before its HEADERS

	settings  int  // of ours that the peer has not acknowledged
	enabled   bool // the server has said that it takes extended CONNECT
	pings     [][8]byte
	granted   int64 // octets of DATA that the peer may send on the stream
	all       int64 // on the connection
	newWindow []int64
	window    int64 // SETTINGS_INITIAL_WINDOW_SIZE of ours that holds
	fault     rule  // for which the peer has to act; noRule for none
	odd       rule  // by which it has to ignore what we sent last; noRule for none
	what      string
	limit     int    // the longest frame that the peer takes
	top       uint32 // the highest number of a client's stream
	acted     bool   // the peer reset the stream, sent GOAWAY or is gone
}

// h2Side is one direction.
type h2Side struct {
	frames int
	block  uint32 // the stream of a field block that is not complete; 0 for none
	ended  bool   // END_STREAM on the stream
	reset  bool   // RST_STREAM on it
	opened bool   // HEADERS that the stream is open after
}

// maxAwaited bounds the pings and settings of ours whose answers are looked for.
const maxAwaited = 64

func (h *http2) reset() {
	*h = http2{granted: h2frame.FirstWindow, all: h2frame.FirstWindow, window: h2frame.FirstWindow, fault: noRule, odd: noRule, limit: h2frame.FirstFrameSize}
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
			h.fault, h.what = r.receiver, what
		}
	}
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
		if window > h.window { // it may use what it was told before it acknowledges
			h.granted += window - h.window
			h.window = window
		}
	case f.Type == h2frame.Ping && f.Flags&h2frame.FlagAck == 0 && len(f.Body) == 8 && f.Stream == 0 && len(h.pings) < maxAwaited:
		h.pings = append(h.pings, [8]byte(f.Body))
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
		j.report(r.sender, j.theirs.offset, r.sender.clause().Text, what)
	}
	if refuses := f.Type == h2frame.Reset && f.Stream == h.stream || f.Type == h2frame.GoAway && len(f.Body) >= 8 && h2frame.Uint32(f.Body[4:]) != 0; refuses &&
		h.odd != noRule && h.fault == noRule && !j.theirs.closed && j.ours.first() == nil {
		j.report(h.odd, j.theirs.offset, h.odd.clause().Text, f.String())
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
			j.report(ruleEndStream, j.theirs.offset, ruleEndStream.clause().Text, f.String())
		}
	case f.Type == h2frame.GoAway && len(f.Body) >= 8 && h2frame.Uint32(f.Body[4:]) != 0:
		h.acted = true
	case f.Type == h2frame.Settings && f.Flags&h2frame.FlagAck != 0:
		if h.settings--; h.settings < 0 {
			j.report(ruleFramesValid, j.theirs.offset, "no acknowledgement of what was not sent", f.String())
		}
		if len(h.newWindow) > 0 {
			if w := h.newWindow[0]; w >= 0 && w < h.window {
				h.granted += w - h.window
				h.window = w
			}
			h.newWindow = h.newWindow[1:]
		}
	case f.Type == h2frame.Settings:
		j.judgeConnectSetting(f)
	case f.Type == h2frame.Ping && f.Flags&h2frame.FlagAck != 0 && len(f.Body) == 8:
		for i, ping := range h.pings {
			if ping == [8]byte(f.Body) {
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
			j.report(ruleConnectKept, j.theirs.offset, "1, as before", "0")
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
	h.all -= int64(f.Length)
	if f.Stream == h.stream {
		h.granted -= int64(f.Length)
	}
	if f.Length == 0 {
		return
	}
	// A SETTINGS frame that makes the window smaller can make it negative: only
	// what is sent after its acknowledgement counts.
	if h.granted < 0 && f.Stream == h.stream || h.all < 0 {
		j.report(ruleWindow, j.theirs.offset, "no more octets of DATA than the window has", fmt.Sprintf("%d octets too many", -min(h.granted, h.all)))
	}
}

// frameChance holds it against the peer what it did not answer.
func (j *Judge) frameChance() {
	h := &j.http2
	if j.opt.Carrier != HTTP2 || h.acted || j.theirs.gone || h.theirs.ended || h.theirs.frames == 0 {
		return
	}
	if h.fault != noRule {
		j.reportSilence(h.fault, j.theirs.offset, h.fault.clause().Text, "the connection stayed open after "+h.what)
		return
	}
	if h.settings > 0 {
		j.reportSilence(ruleSettingsAck, j.theirs.offset, "an acknowledgement of our SETTINGS", "none")
	}
	if len(h.pings) > 0 {
		j.reportSilence(rulePingAck, j.theirs.offset, "an acknowledgement of our PING", "none")
	}
}

// faultyFrame is what a frame that is wrong breaks: the rule of who sends it, and that of
// who gets it; noRule where it is none.
type faultyFrame struct{ sender, receiver rule }

var rightFrame = faultyFrame{noRule, noRule}

// wrong returns what is wrong with a frame of a side, after those before it.
func (h *http2) wrong(side *h2Side, f *h2frame.Frame, server bool) (b faultyFrame, what string) {
	side.frames++
	bad := func(receiver rule, format string, args ...any) (faultyFrame, string) {
		return faultyFrame{ruleFramesValid, receiver}, f.String() + ": " + fmt.Sprintf(format, args...)
	}
	limit := h2frame.FirstFrameSize // we never announce another one
	if side == &h.ours {
		limit = h.limit
	}
	if f.Type == h2frame.Headers && !server {
		h.top = max(h.top, f.Stream)
	}
	block := side.block
	if f.Type == h2frame.Headers || f.Type == h2frame.Push || f.Type == h2frame.Continuation {
		side.block = f.Stream
		if f.Flags&h2frame.FlagHeaders != 0 {
			side.block = 0
		}
	}
	switch {
	case f.Length > limit:
		return bad(ruleFrameSizeFail, "longer than %d octets", limit)
	case block != 0 && (f.Type != h2frame.Continuation || f.Stream != block):
		return bad(ruleBlockFail, "in the middle of a field block of stream %d", block)
	case block == 0 && f.Type == h2frame.Continuation:
		return bad(ruleContinuationFail, "there is no field block that goes on")
	}
	if onStream := f.Type == h2frame.Data || f.Type == h2frame.Headers || f.Type == h2frame.Priority || f.Type == h2frame.Reset; onStream && f.Stream == 0 {
		return bad(ruleStreamZeroFail, "it belongs to a stream")
	}
	if onConnection := f.Type == h2frame.Settings || f.Type == h2frame.Ping || f.Type == h2frame.GoAway; onConnection && f.Stream != 0 {
		return bad(ruleStreamFail, "it belongs to the connection")
	}
	if size, ok := fixedSizes[f.Type]; ok && f.Length != size || f.Type == h2frame.Settings && (f.Length%6 != 0 || f.Flags&h2frame.FlagAck != 0 && f.Length > 0) ||
		f.Type == h2frame.GoAway && f.Length < 8 {
		return bad(ruleSizeFail, "a length that the type does not have")
	}
	switch f.Type {
	case h2frame.Data, h2frame.Headers:
		return h.wrongStream(side, f, server, bad)
	case h2frame.Settings:
		for b := f.Body; len(b) >= 6; b = b[6:] {
			id, v := h2frame.Uint16(b), h2frame.Uint32(b[2:])
			if id == h2frame.SettingPush && v > 1 || id == h2frame.SettingWindow && v > h2frame.MaxWindow || id == h2frame.SettingFrameSize && (v < h2frame.FirstFrameSize || v > h2frame.MaxFrameSize) {
				return bad(ruleSettingsFail, "a value that the setting does not have")
			}
		}
	case h2frame.Push:
		if !server {
			return bad(rulePushFail, "a client sends none")
		}
	case h2frame.Reset:
		switch {
		case f.Stream > h.top:
			return bad(ruleIdleFail, "the stream is idle")
		case f.Stream == h.stream:
			side.reset = true
		}
	case h2frame.Window:
		return h.wrongWindow(side, f, bad)
	}
	return rightFrame, ""
}

// fixedSizes are the lengths of frames whose type has but one.
var fixedSizes = map[byte]int{h2frame.Priority: 5, h2frame.Reset: 4, h2frame.Ping: 8, h2frame.Window: 4}

// wrongStream is wrong for the frames that carry the stream.
func (h *http2) wrongStream(side *h2Side, f *h2frame.Frame, server bool, bad func(rule, string, ...any) (faultyFrame, string)) (faultyFrame, string) {
	if f.Flags&h2frame.FlagPadded != 0 && (len(f.Body) == 0 || int(f.Body[0]) >= f.Length) {
		return bad(rulePaddingFail, "as much padding as payload, or more")
	}
	switch {
	case f.Type == h2frame.Data && f.Stream > h.top:
		return bad(ruleIdleFail, "the stream is idle")
	case f.Type == h2frame.Headers && !server && f.Stream%2 == 0:
		return bad(ruleStreamNumberFail, "a client's streams have odd numbers")
	case f.Stream != h.stream:
		return rightFrame, ""
	case side.ended || side.reset:
		return faultyFrame{ruleFramesValid, ruleClosedFail}, f.String() + ": the sender has ended the stream"
	}
	side.ended = side.ended || f.Flags&h2frame.FlagEnd != 0
	side.opened = side.opened || f.Type == h2frame.Headers
	return rightFrame, ""
}

// wrongWindow is wrong for a WINDOW_UPDATE frame.
func (h *http2) wrongWindow(side *h2Side, f *h2frame.Frame, bad func(rule, string, ...any) (faultyFrame, string)) (faultyFrame, string) {
	if len(f.Body) < 4 {
		return rightFrame, ""
	}
	n := int64(h2frame.Uint32(f.Body) & h2frame.MaxWindow)
	idle := f.Stream > h.top
	switch {
	case idle:
		return bad(ruleIdleFail, "the stream is idle")
	case n == 0 && f.Stream == 0:
		return bad(ruleIncrementFail, "an increment of 0")
	case n == 0:
		return faultyFrame{ruleFramesValid, ruleIncrementFail}, f.String() + ": an increment of 0"
	case side != &h.ours:
	case f.Stream == 0 && h.all+n > h2frame.MaxWindow:
		return bad(ruleOverflowFail, "the window has more than 2^31-1 octets")
	case f.Stream == h.stream && h.granted+n > h2frame.MaxWindow:
		return faultyFrame{noRule, ruleOverflowFail}, f.String() + ": the window has more than 2^31-1 octets"
	}
	return rightFrame, ""
}
