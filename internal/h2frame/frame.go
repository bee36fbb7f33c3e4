// Package h2frame reads frames of HTTP/2 (RFC 9113 6).
package h2frame

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Types of frames of HTTP/2 (RFC 9113 6).
const (
	Data         = 0x0
	Headers      = 0x1
	Priority     = 0x2
	Reset        = 0x3
	Settings     = 0x4
	Push         = 0x5
	Ping         = 0x6
	GoAway       = 0x7
	Window       = 0x8
	Continuation = 0x9
)

var frameNames = [...]string{
	"DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE", "CONTINUATION",
}

// Flags of frames.
const (
	FlagEnd     = 0x1 // END_STREAM of DATA and HEADERS
	FlagAck     = 0x1 // of SETTINGS and PING
	FlagHeaders = 0x4 // END_HEADERS
	FlagPadded  = 0x8
	FlagOrder   = 0x20 // PRIORITY of HEADERS
)

// Preface is what a client's connection begins with (RFC 9113 3.4).
const Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// Settings (RFC 9113 6.5.2, RFC 8441 3).
const (
	SettingTable     = 0x1
	SettingPush      = 0x2
	SettingStreams   = 0x3
	SettingWindow    = 0x4
	SettingFrameSize = 0x5
	SettingListSize  = 0x6
	SettingConnect   = 0x8
)

// Sizes that hold until a SETTINGS frame says another.
const (
	FirstWindow    = 65535
	FirstFrameSize = 16384
	MaxWindow      = 1<<31 - 1
	MaxFrameSize   = 1<<24 - 1
	HeadSize       = 9 // of a frame, before its payload
)

// Incomplete is the tag of the event of a frame that was not sent to its end.
const Incomplete = "incomplete"

// Frame is a frame of HTTP/2, or its beginning.
type Frame struct {
	Type   byte
	Flags  byte
	Stream uint32 // without the reserved bit
	Length int    // of the payload, as the frame's header says; 0 where that is what is there
	Body   []byte // of the payload, what is there
}

// Uint16 and Uint32 read numbers, the highest octet first.
func Uint16(b []byte) uint16 { return uint16(b[0])<<8 | uint16(b[1]) }
func Uint32(b []byte) uint32 { return uint32(Uint16(b))<<16 | uint32(Uint16(b[2:])) }

// Parse returns the frame of these octets. ok is false where they are less than the
// header of one.
func Parse(b []byte) (f Frame, ok bool) {
	if len(b) < HeadSize {
		return f, false
	}
	return Frame{
		Type: b[3], Flags: b[4], Stream: Uint32(b[5:]) & MaxWindow,
		Length: int(b[0])<<16 | int(b[1])<<8 | int(b[2]), Body: b[HeadSize:],
	}, true
}

// AppendTo appends the octets of the frame.
func (f Frame) AppendTo(dst []byte) []byte {
	n := cmp.Or(f.Length, len(f.Body))
	dst = slices.Grow(dst, HeadSize+len(f.Body))
	dst = append(dst, byte(n>>16), byte(n>>8), byte(n), f.Type, f.Flags, byte(f.Stream>>24), byte(f.Stream>>16), byte(f.Stream>>8), byte(f.Stream))
	return append(dst, f.Body...)
}

// AppendShown appends the octets of the frame that an event of it has: those of DATA up to
// the octets of the stream.
func (f *Frame) AppendShown(dst []byte) []byte {
	shown := *f
	if f.Type == Data {
		head := 0
		if f.Flags&FlagPadded != 0 {
			head = 1
		}
		shown.Body = f.Body[:min(head, len(f.Body))]
	}
	return shown.AppendTo(dst)
}

// Fragment returns what the frame has of a field block, without padding, priority and the
// stream that is promised.
func (f *Frame) Fragment() []byte {
	b := f.Body
	if f.Type == Continuation {
		return b
	}
	if f.Flags&FlagPadded != 0 && len(b) > 0 {
		b = b[1:max(1, len(b)-int(b[0]))]
	}
	if f.Type == Headers && f.Flags&FlagOrder != 0 {
		return b[min(5, len(b)):]
	}
	if f.Type == Push {
		return b[min(4, len(b)):]
	}
	return b
}

// Known reports whether RFC 9113 has the type of the frame.
func (f *Frame) Known() bool { return int(f.Type) < len(frameNames) }

// Name returns the name of the frame's type, "type 0xfa" for one without.
func (f *Frame) Name() string {
	if f.Known() {
		return frameNames[f.Type]
	}
	return fmt.Sprintf("type %#02x", f.Type)
}

// String returns the frame in one line: its name, its stream, its flags and what
// counts of its payload.
func (f Frame) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s stream %d", f.Name(), f.Stream)
	for _, flag := range f.flags() {
		s.WriteString(" " + flag)
	}
	switch {
	case f.Type == Settings && f.Flags&FlagAck == 0:
		for b := f.Body; len(b) >= 6; b = b[6:] {
			fmt.Fprintf(&s, " %s=%d", settingName(Uint16(b)), Uint32(b[2:]))
		}
	case f.Type == Reset && len(f.Body) >= 4:
		s.WriteString(" " + ErrorName(Uint32(f.Body)))
	case f.Type == GoAway && len(f.Body) >= 8:
		fmt.Fprintf(&s, " last stream %d %s", Uint32(f.Body)&MaxWindow, ErrorName(Uint32(f.Body[4:])))
	case f.Type == Window && len(f.Body) >= 4:
		fmt.Fprintf(&s, " +%d", Uint32(f.Body)&MaxWindow)
	}
	if f.Type == Data && f.Flags&FlagPadded != 0 && len(f.Body) > 0 {
		fmt.Fprintf(&s, " padding %d", f.Body[0])
	}
	fmt.Fprintf(&s, " [%d]", f.Length)
	return s.String()
}

// Notable reports whether the frame says more than the stream shows that it carries:
// it is not DATA, and nothing that comes with each of them.
func (f *Frame) Notable() bool {
	return f.Type != Data && f.Type != Window && !(f.Type == Settings && f.Flags&FlagAck != 0)
}

func (f *Frame) flags() (names []string) {
	add := func(flag byte, name string, types ...byte) {
		for _, t := range types {
			if f.Type == t && f.Flags&flag != 0 {
				names = append(names, name)
			}
		}
	}
	add(FlagAck, "ACK", Settings, Ping)
	add(FlagEnd, "END_STREAM", Data, Headers)
	add(FlagHeaders, "END_HEADERS", Headers, Push, Continuation)
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

// ErrorName returns the name of an error code (RFC 9113 7).
func ErrorName(code uint32) string {
	names := [...]string{"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
		"FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
		"INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"}
	if code < uint32(len(names)) {
		return names[code]
	}
	return fmt.Sprintf("error %#x", code)
}
