package http2

import (
	"encoding/binary"
	"slices"
)

// Types of frames (RFC 9113 6).
const (
	typeData         = 0x0
	typeHeaders      = 0x1
	typePriority     = 0x2
	typeReset        = 0x3
	typeSettings     = 0x4
	typePush         = 0x5
	typePing         = 0x6
	typeGoAway       = 0x7
	typeWindow       = 0x8
	typeContinuation = 0x9
)

// Flags of frames.
const (
	flagEnd      = 0x1 // END_STREAM
	flagAck      = 0x1 // of SETTINGS and PING
	flagHeaders  = 0x4 // END_HEADERS
	flagPadded   = 0x8
	flagPriority = 0x20
)

// Settings (RFC 9113 6.5.2, RFC 8441 3).
const (
	settingTable     = 0x1
	settingPush      = 0x2
	settingStreams   = 0x3
	settingWindow    = 0x4
	settingFrameSize = 0x5
	settingListSize  = 0x6
	settingConnect   = 0x8
)

// Error codes (RFC 9113 7).
const (
	errorProtocol = 0x1
	errorFlow     = 0x3
	errorClosed   = 0x5
	errorSize     = 0x6
	errorRefused  = 0x7
	errorCancel   = 0x8
)

const (
	frameHead      = 9
	firstWindow    = 65535
	mostWindow     = 1<<31 - 1
	firstFrameSize = 16384
)

// preface is what a client's connection begins with (RFC 9113 3.4).
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// frame is a frame as it is written, legal or not.
type frame struct {
	kind    byte
	flags   byte
	stream  uint32
	payload []byte
	length  int // that the header says, where it is not that of the payload; -1 for 0
}

// appendTo appends the octets of the frame.
func (f frame) appendTo(dst []byte) []byte {
	n := len(f.payload)
	switch {
	case f.length > 0:
		n = f.length
	case f.length < 0:
		n = 0
	}
	dst = slices.Grow(dst, frameHead+len(f.payload))
	dst = append(dst, byte(n>>16), byte(n>>8), byte(n), f.kind, f.flags)
	dst = binary.BigEndian.AppendUint32(dst, f.stream)
	return append(dst, f.payload...)
}

// octets returns the octets of frames.
func octets(frames ...frame) (b []byte) {
	for _, f := range frames {
		b = f.appendTo(b)
	}
	return b
}

// parseFrame returns the frame at the beginning of b and its size, 0 where there is
// not all of it.
func parseFrame(b []byte) (f frame, size int) {
	if len(b) < frameHead {
		return f, 0
	}
	f = frame{kind: b[3], flags: b[4], stream: binary.BigEndian.Uint32(b[5:]) & mostWindow, length: int(b[0])<<16 | int(b[1])<<8 | int(b[2])}
	size = frameHead + f.length
	if len(b) < size {
		return f, 0
	}
	f.payload = b[frameHead:size]
	return f, size
}

// setting is one of a SETTINGS frame.
type setting struct {
	id    uint16
	value uint32
}

func settingsFrame(list ...setting) frame {
	f := frame{kind: typeSettings}
	for _, s := range list {
		f.payload = binary.BigEndian.AppendUint16(f.payload, s.id)
		f.payload = binary.BigEndian.AppendUint32(f.payload, s.value)
	}
	return f
}

func settingsOf(payload []byte) (list []setting) {
	for b := payload; len(b) >= 6; b = b[6:] {
		list = append(list, setting{binary.BigEndian.Uint16(b), binary.BigEndian.Uint32(b[2:])})
	}
	return list
}

func windowFrame(stream uint32, n uint32) frame {
	return frame{kind: typeWindow, stream: stream, payload: binary.BigEndian.AppendUint32(nil, n)}
}

func resetFrame(stream, code uint32) frame {
	return frame{kind: typeReset, stream: stream, payload: binary.BigEndian.AppendUint32(nil, code)}
}

func goAwayFrame(last, code uint32) frame {
	return frame{kind: typeGoAway, payload: binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), code)}
}

// fragment returns what a frame has of a field block, without padding and priority.
func fragment(f *frame) []byte {
	b := f.payload
	if f.kind != typeHeaders {
		return b
	}
	if f.flags&flagPadded != 0 && len(b) > 0 {
		b = b[1:max(1, len(b)-int(b[0]))]
	}
	if f.flags&flagPriority != 0 {
		b = b[min(5, len(b)):]
	}
	return b
}
