package oracle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// Types of frames of HTTP/2 (RFC 9113 6).
const (
	h2Data         = 0x0
	h2Headers      = 0x1
	h2Priority     = 0x2
	h2Reset        = 0x3
	h2Settings     = 0x4
	h2Push         = 0x5
	h2Ping         = 0x6
	h2GoAway       = 0x7
	h2Window       = 0x8
	h2Continuation = 0x9
)

var frameNames = [...]string{
	"DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE", "CONTINUATION",
}

// Flags of frames.
const (
	flagEnd     = 0x1 // END_STREAM of DATA and HEADERS
	flagAck     = 0x1 // of SETTINGS and PING
	flagHeaders = 0x4 // END_HEADERS
	flagPadded  = 0x8
)

// Settings (RFC 9113 6.5.2, RFC 8441 3).
const (
	settingPush      = 0x2
	settingStreams   = 0x3
	settingWindow    = 0x4
	settingFrameSize = 0x5
	settingConnect   = 0x8
)

// Sizes that hold until a SETTINGS frame says another.
const (
	firstWindow    = 65535
	firstFrameSize = 16384
	mostWindow     = 1<<31 - 1
	mostFrameSize  = 1<<24 - 1
	h2HeadSize     = 9
)

// H2Frame is a frame of HTTP/2 as the event of a trace has it.
type H2Frame struct {
	Type   byte
	Flags  byte
	Stream uint32 // without the reserved bit
	Length int    // of the payload, as the frame's header says
	Body   []byte // of the payload, what the event has
}

func be16(b []byte) uint16 { return uint16(b[0])<<8 | uint16(b[1]) }
func be32(b []byte) uint32 { return uint32(be16(b))<<16 | uint32(be16(b[2:])) }

// ParseH2Frame returns the frame of an [EventFrameSent] or [EventFrameReceived]; ok
// is false where its octets are less than the header of one.
func ParseH2Frame(ev *Event) (f H2Frame, ok bool) {
	b := ev.Data
	if len(b) < h2HeadSize {
		return f, false
	}
	return H2Frame{
		Type: b[3], Flags: b[4], Stream: be32(b[5:]) & mostWindow,
		Length: int(b[0])<<16 | int(b[1])<<8 | int(b[2]), Body: b[h2HeadSize:],
	}, true
}

// Name returns the name of the frame's type, "type 0xfa" for one without.
func (f *H2Frame) Name() string {
	if int(f.Type) < len(frameNames) {
		return frameNames[f.Type]
	}
	return fmt.Sprintf("type %#02x", f.Type)
}

// String returns the frame in one line: its name, its stream, its flags and what
// counts of its payload.
func (f H2Frame) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s stream %d", f.Name(), f.Stream)
	for _, flag := range f.flags() {
		s.WriteString(" " + flag)
	}
	switch {
	case f.Type == h2Settings && f.Flags&flagAck == 0:
		for b := f.Body; len(b) >= 6; b = b[6:] {
			fmt.Fprintf(&s, " %s=%d", settingName(be16(b)), be32(b[2:]))
		}
	case f.Type == h2Reset && len(f.Body) >= 4:
		s.WriteString(" " + H2ErrorName(be32(f.Body)))
	case f.Type == h2GoAway && len(f.Body) >= 8:
		fmt.Fprintf(&s, " last stream %d %s", be32(f.Body)&mostWindow, H2ErrorName(be32(f.Body[4:])))
	case f.Type == h2Window && len(f.Body) >= 4:
		fmt.Fprintf(&s, " +%d", be32(f.Body)&mostWindow)
	}
	if f.Type == h2Data && f.Flags&flagPadded != 0 && len(f.Body) > 0 {
		fmt.Fprintf(&s, " padding %d", f.Body[0])
	}
	fmt.Fprintf(&s, " [%d]", f.Length)
	return s.String()
}

// Telling reports whether the frame says more than the stream shows that it carries:
// it is no DATA, and nothing that comes with each of them.
func (f *H2Frame) Telling() bool {
	return f.Type != h2Data && f.Type != h2Window && !(f.Type == h2Settings && f.Flags&flagAck != 0)
}

func (f *H2Frame) flags() (names []string) {
	add := func(flag byte, name string, types ...byte) {
		for _, t := range types {
			if f.Type == t && f.Flags&flag != 0 {
				names = append(names, name)
			}
		}
	}
	add(flagAck, "ACK", h2Settings, h2Ping)
	add(flagEnd, "END_STREAM", h2Data, h2Headers)
	add(flagHeaders, "END_HEADERS", h2Headers, h2Push, h2Continuation)
	return names
}

func settingName(id uint16) string {
	names := [...]string{"0", "HEADER_TABLE_SIZE", "ENABLE_PUSH", "MAX_CONCURRENT_STREAMS", "INITIAL_WINDOW_SIZE", "MAX_FRAME_SIZE",
		"MAX_HEADER_LIST_SIZE", "7", "ENABLE_CONNECT_PROTOCOL"}
	if int(id) < len(names) {
		return names[id]
	}
	return fmt.Sprintf("%#02x", id)
}

// H2ErrorName returns the name of an error code (RFC 9113 7).
func H2ErrorName(code uint32) string {
	names := [...]string{"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
		"FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
		"INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"}
	if code < uint32(len(names)) {
		return names[code]
	}
	return fmt.Sprintf("error %#x", code)
}

// http2 is what the judge knows of the connection beneath the stream, by its
// frames.
type http2 struct {
	ours, theirs h2Side
	stream       uint32 // of the WebSocket; 0 before its HEADERS

	settings  int  // of ours that the peer has not acknowledged
	spare     int  // of ours that are malformed: a peer may acknowledge one before it sees that
	enabled   bool // the server has said that it takes extended CONNECT
	pings     [][8]byte
	granted   int64 // octets of DATA that the peer may send on the stream besides the window of SETTINGS
	all       int64 // on the connection
	newWindow []int64
	window    int64 // SETTINGS_INITIAL_WINDOW_SIZE of ours that holds
	fault     rule  // for which the peer has to act; noRule for none
	odd       rule  // by which it has to ignore what we sent last; noRule for none
	what      string
	limit     int    // the longest frame that the peer takes
	top       uint32 // the highest number of a client's stream
	acted     bool   // the peer reset the stream, sent GOAWAY or is gone

	concurrent int64  // streams that the server takes at a time; -1 for any number
	peers      int64  // the smallest window that the server has had for a new stream
	spent      int64  // octets of DATA of ours on others
	others     int64  // streams of ours besides that of the WebSocket that are open
	resets     int    // of those, in all
	beyond     uint32 // the first of them that was more than the server takes; 0 for none
	conts      int    // CONTINUATION frames of ours
	goAway     bool   // we have sent GOAWAY
	aborted    bool   // the peer has acknowledged a PING that followed our RST_STREAM
	calm       bool   // the peer ended the connection for what it was asked to do, and may
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
	*h = http2{peers: firstWindow, all: firstWindow, window: firstWindow, concurrent: -1, fault: noRule, odd: noRule, limit: firstFrameSize}
}

// frameSent follows a frame of ours.
func (j *Judge) frameSent(ev *Event) {
	f, ok := ParseH2Frame(ev)
	h := &j.http2
	if !ok || j.opt.Carrier != HTTP2 {
		return
	}
	if j.role == wsproto.Client && f.Type == h2Headers && h.stream == 0 {
		h.stream = f.Stream
	}
	if r, what := h.wrong(&h.ours, &f, j.role == wsproto.Server); r.receiver != noRule {
		j.exercise(r.receiver)
		if h.fault == noRule && !h.theirs.ended && !h.theirs.reset {
			h.fault, h.what = r.receiver, what
		}
	}
	h.otherSent(j, &f)
	if int(f.Type) >= len(frameNames) {
		j.exercise(ruleUnknownType)
		h.odd = ruleUnknownType
	}
	switch {
	case f.Type == h2Settings && f.Flags&flagAck == 0 && f.Length%6 == 0 && f.Stream == 0:
		h.settings++
		j.exercise(ruleSettingsAck)
		window := int64(-1)
		for b := f.Body; len(b) >= 6; b = b[6:] {
			switch be16(b) {
			case settingWindow:
				window = int64(be32(b[2:]))
			case 0, 7, 9:
				j.exercise(ruleUnknownSet)
				h.odd = ruleUnknownSet
			}
		}
		if len(h.newWindow) < maxAwaited {
			h.newWindow = append(h.newWindow, window)
		}
	case f.Type == h2Settings && f.Flags&flagAck == 0:
		h.spare++
	case f.Type == h2Ping && f.Flags&flagAck == 0 && len(f.Body) == 8 && f.Stream == 0 && len(h.pings) < maxAwaited:
		h.pings = append(h.pings, [8]byte(f.Body))
		j.exercise(rulePingAck)
	case f.Type == h2Window && len(f.Body) == 4:
		n := int64(be32(f.Body) & mostWindow)
		if f.Stream == 0 {
			h.all += n
		} else if f.Stream == h.stream {
			h.granted += n
		}
	}
}

// frameReceived judges a frame of the peer's.
func (j *Judge) frameReceived(ev *Event) {
	f, ok := ParseH2Frame(ev)
	h := &j.http2
	if !ok || j.opt.Carrier != HTTP2 {
		return
	}
	if h.theirs.frames == 0 {
		j.exercise(ruleFirstSettings, ruleFramesValid)
		if f.Type != h2Settings || f.Flags&flagAck != 0 {
			j.report(ruleFirstSettings, j.theirs.offset, "a SETTINGS frame", f.String())
		}
	}
	if j.role == wsproto.Server && f.Type == h2Headers && h.stream == 0 {
		h.stream = f.Stream
		j.judgeFields(requestFaults, ev.Tag)
	} else if j.role == wsproto.Client && f.Type == h2Headers && f.Stream == h.stream && h.stream != 0 && !h.theirs.opened {
		j.judgeFields(responseFaults, ev.Tag)
	}
	if r, what := h.wrong(&h.theirs, &f, j.role == wsproto.Client); r.sender != noRule {
		j.report(r.sender, j.theirs.offset, r.sender.clause().Text, what)
	}
	j.otherReceived(&f)
	if refuses := f.Type == h2Reset && f.Stream == h.stream && !declines(&f) || f.Type == h2GoAway && len(f.Body) >= 8 && be32(f.Body[4:]) != 0; refuses &&
		h.odd != noRule && h.fault == noRule && !h.calm && !j.theirs.closed && j.ours.first() == nil {
		j.report(h.odd, j.theirs.offset, h.odd.clause().Text, f.String())
	}
	j.frameAnswers(&f)
	j.flowReceived(&f)
}

// frameAnswers notes what a frame of the peer's answers.
func (j *Judge) frameAnswers(f *H2Frame) {
	h := &j.http2
	switch {
	case f.Type == h2Reset && f.Stream == h.stream:
		h.acted = true
		if !h.theirs.ended && j.phase == phaseOpen && j.theirs.closed && j.ours.closed && j.ours.first() == nil && h.fault == noRule && j.role == wsproto.Client {
			j.report(ruleEndStream, j.theirs.offset, ruleEndStream.clause().Text, f.String())
		}
	case f.Type == h2GoAway && len(f.Body) >= 8 && be32(f.Body[4:]) != 0:
		h.acted = true
	case f.Type == h2Settings && f.Flags&flagAck != 0:
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
	case f.Type == h2Settings:
		j.judgeConnectSetting(f)
	case f.Type == h2Ping && f.Flags&flagAck != 0 && len(f.Body) == 8:
		for i, ping := range h.pings {
			if ping == [8]byte(f.Body) {
				h.aborted = h.ours.reset
				h.pings = append(h.pings[:i:i], h.pings[i+1:]...)
				return
			}
		}
		j.report(rulePingAck, j.theirs.offset, "the octets of the PING in its acknowledgement", fmt.Sprintf("<%x>", f.Body))
	}
}

// judgeConnectSetting judges SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 3).
func (j *Judge) judgeConnectSetting(f *H2Frame) {
	h := &j.http2
	for b := f.Body; len(b) >= 6; b = b[6:] {
		id := be16(b)
		switch id {
		case settingStreams:
			h.concurrent = int64(be32(b[2:]))
		case settingWindow:
			h.peers = min(h.peers, int64(be32(b[2:])))
		}
		if v := be32(b[2:]); id == settingFrameSize && v <= mostFrameSize {
			h.limit = max(h.limit, int(v))
		}
		if id != settingConnect || j.role == wsproto.Server {
			continue
		}
		value := be32(b[2:])
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
func (j *Judge) flowReceived(f *H2Frame) {
	h := &j.http2
	if f.Type != h2Data || f.Stream == 0 {
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
	if room := h.room(); room < 0 && f.Stream == h.stream || h.all < 0 {
		j.report(ruleWindow, j.theirs.offset, "no more octets of DATA than the window has", fmt.Sprintf("%d octets too many", -min(room, h.all)))
	}
}

// room is how many octets of DATA the peer may send on the stream at most: it may use
// a window that it was told before it acknowledges that.
func (h *http2) room() int64 {
	return h.granted + max(h.window, slices.Max(append(h.newWindow, -1)))
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
func (h *http2) wrong(side *h2Side, f *H2Frame, server bool) (b faultyFrame, what string) {
	side.frames++
	bad := func(receiver rule, format string, args ...any) (faultyFrame, string) {
		return faultyFrame{ruleFramesValid, receiver}, f.String() + ": " + fmt.Sprintf(format, args...)
	}
	limit := firstFrameSize // we never announce another one
	if side == &h.ours {
		limit = h.limit
	}
	if f.Type == h2Headers && !server {
		h.top = max(h.top, f.Stream)
	}
	block := side.block
	if f.Type == h2Headers || f.Type == h2Push || f.Type == h2Continuation {
		side.block = f.Stream
		if f.Flags&flagHeaders != 0 {
			side.block = 0
		}
	}
	switch {
	case f.Length > limit:
		return bad(ruleFrameSizeFail, "longer than %d octets", limit)
	case block != 0 && (f.Type != h2Continuation || f.Stream != block):
		return bad(ruleBlockFail, "in the middle of a field block of stream %d", block)
	case block == 0 && f.Type == h2Continuation:
		return bad(ruleContinuationFail, "there is no field block that goes on")
	}
	if onStream := f.Type == h2Data || f.Type == h2Headers || f.Type == h2Priority || f.Type == h2Reset; onStream && f.Stream == 0 {
		return bad(ruleStreamZeroFail, "it belongs to a stream")
	}
	if onConnection := f.Type == h2Settings || f.Type == h2Ping || f.Type == h2GoAway; onConnection && f.Stream != 0 {
		return bad(ruleStreamFail, "it belongs to the connection")
	}
	if size, ok := fixedSizes[f.Type]; ok && f.Length != size || f.Type == h2Settings && (f.Length%6 != 0 || f.Flags&flagAck != 0 && f.Length > 0) ||
		f.Type == h2GoAway && f.Length < 8 {
		return bad(ruleSizeFail, "a length that the type does not have")
	}
	switch f.Type {
	case h2Data, h2Headers:
		return h.wrongStream(side, f, server, bad)
	case h2Settings:
		for b := f.Body; len(b) >= 6; b = b[6:] {
			id, v := be16(b), be32(b[2:])
			if id == settingPush && v > 1 || id == settingWindow && v > mostWindow || id == settingFrameSize && (v < firstFrameSize || v > mostFrameSize) {
				return bad(ruleSettingsFail, "a value that the setting does not have")
			}
		}
	case h2Push:
		if !server {
			return bad(rulePushFail, "a client sends none")
		}
	case h2Reset:
		switch {
		case f.Stream > h.top:
			return bad(ruleIdleFail, "the stream is idle")
		case f.Stream == h.stream:
			side.reset = true
		}
	case h2Window:
		return h.wrongWindow(side, f, bad)
	}
	return rightFrame, ""
}

// fixedSizes are the lengths of frames whose type has but one.
var fixedSizes = map[byte]int{h2Priority: 5, h2Reset: 4, h2Ping: 8, h2Window: 4}

// wrongStream is wrong for the frames that carry the stream.
func (h *http2) wrongStream(side *h2Side, f *H2Frame, server bool, bad func(rule, string, ...any) (faultyFrame, string)) (faultyFrame, string) {
	if f.Flags&flagPadded != 0 && (len(f.Body) == 0 || int(f.Body[0]) >= f.Length) {
		return bad(rulePaddingFail, "as much padding as payload, or more")
	}
	switch {
	case f.Type == h2Data && f.Stream > h.top:
		return bad(ruleIdleFail, "the stream is idle")
	case f.Type == h2Headers && !server && f.Stream%2 == 0:
		return bad(ruleStreamNumberFail, "a client's streams have odd numbers")
	case f.Stream != h.stream:
		return rightFrame, ""
	case side.ended || side.reset:
		return faultyFrame{ruleFramesValid, ruleClosedFail}, f.String() + ": the sender has ended the stream"
	}
	if f.Type == h2Headers && side == &h.ours && side.opened && f.Flags&flagHeaders != 0 {
		side.ended = side.ended || f.Flags&flagEnd != 0
		return faultyFrame{noRule, ruleTunnelFail}, f.String() + ": the stream is a tunnel"
	}
	side.ended = side.ended || f.Flags&flagEnd != 0
	side.opened = side.opened || f.Type == h2Headers
	return rightFrame, ""
}

// wrongWindow is wrong for a WINDOW_UPDATE frame.
func (h *http2) wrongWindow(side *h2Side, f *H2Frame, bad func(rule, string, ...any) (faultyFrame, string)) (faultyFrame, string) {
	if len(f.Body) < 4 {
		return rightFrame, ""
	}
	n := int64(be32(f.Body) & mostWindow)
	idle := f.Stream > h.top
	switch {
	case idle:
		return bad(ruleIdleFail, "the stream is idle")
	case n == 0 && f.Stream == 0:
		return bad(ruleIncrementFail, "an increment of 0")
	case n == 0:
		return faultyFrame{ruleFramesValid, ruleIncrementFail}, f.String() + ": an increment of 0"
	case side != &h.ours:
	case f.Stream == 0 && h.all+n > mostWindow:
		return bad(ruleOverflowFail, "the window has more than 2^31-1 octets")
	case f.Stream == h.stream && h.room()+n > mostWindow:
		return faultyFrame{noRule, ruleOverflowFail}, f.String() + ": the window has more than 2^31-1 octets"
	}
	return rightFrame, ""
}
