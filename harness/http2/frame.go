package http2

import (
	"encoding/binary"

	"github.com/wscheck/wscheck/internal/h2frame"
)

// Error codes (RFC 9113 7).
const (
	errorProtocol = 0x1
	errorFlow     = 0x3
	errorClosed   = 0x5
	errorSize     = 0x6
	errorRefused  = 0x7
	errorCancel   = 0x8

	errorCompression = 0x9
)

// frame is a frame as it is written, legal or not.
type frame = h2frame.Frame

func octets(frames ...frame) (b []byte) {
	for _, f := range frames {
		b = f.AppendTo(b)
	}
	return b
}

// parseFrame returns the frame at the beginning of b and its size, 0 where there is
// not all of it.
func parseFrame(b []byte) (f frame, size int) {
	f, ok := h2frame.Parse(b)
	if !ok || len(f.Body) < f.Length {
		f.Body = nil
		return f, 0
	}
	f.Body = f.Body[:f.Length]
	return f, h2frame.HeadSize + f.Length
}

// setting is one of a SETTINGS frame.
type setting struct {
	id    uint16
	value uint32
}

func settingsFrame(list ...setting) frame {
	f := frame{Type: h2frame.Settings}
	for _, s := range list {
		f.Body = binary.BigEndian.AppendUint16(f.Body, s.id)
		f.Body = binary.BigEndian.AppendUint32(f.Body, s.value)
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
	return frame{Type: h2frame.Window, Stream: stream, Body: binary.BigEndian.AppendUint32(nil, n)}
}

func resetFrame(stream, code uint32) frame {
	return frame{Type: h2frame.Reset, Stream: stream, Body: binary.BigEndian.AppendUint32(nil, code)}
}

func goAwayFrame(last, code uint32) frame {
	return frame{Type: h2frame.GoAway, Body: binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), code)}
}
