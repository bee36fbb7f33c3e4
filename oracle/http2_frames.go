package oracle

import (
	"fmt"

	"github.com/wscheck/wscheck/internal/h2frame"
)

// faultyFrame is what a frame that is wrong breaks: the rule of who sends it, and that of
// who gets it; noRule for none.
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
		return bad(ruleContinuationFail, "no field block is open")
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
	if f.Type == h2frame.Headers && side == &h.ours && side.opened && f.Flags&h2frame.FlagHeaders != 0 {
		side.ended = side.ended || f.Flags&h2frame.FlagEnd != 0
		return faultyFrame{noRule, ruleTunnelFail}, f.String() + ": the stream is a tunnel"
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
	case f.Stream == h.stream && h.room()+n > h2frame.MaxWindow:
		return faultyFrame{noRule, ruleOverflowFail}, f.String() + ": the window has more than 2^31-1 octets"
	}
	return rightFrame, ""
}
