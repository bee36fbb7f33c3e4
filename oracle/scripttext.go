package oracle

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// String returns the script for people to read: a line for the role and, where
// it is out of the ordinary, for each part of the opening handshake, then a line
// for each step and one for the end. Frames are shown as everywhere (see
// [wsproto.Frame.String]), and long payloads are cut.
func (s *Script) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "as %s\n", s.Role)
	s.Handshake.describe(&b)
	for i := range s.Steps {
		b.WriteString(s.Steps[i].String())
		b.WriteByte('\n')
	}
	switch s.End {
	case EndClose:
		b.WriteString("end: ping, await the pong, close")
	case EndAwait:
		b.WriteString("end: await the end of the connection")
	case EndNone:
		b.WriteString("end: drop the connection")
	}
	return b.String()
}

// describe adds a line for each part of the handshake that is not as usual.
func (h *Handshake) describe(b *strings.Builder) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, "handshake %s %s\n", name, value)
		}
	}
	text := func(name, value string) {
		if value != "" {
			line(name, strconv.Quote(value))
		}
	}
	text("method", h.Method)
	text("protocol", h.Proto)
	text("target", h.Target)
	text("host", h.Host)
	text("key", h.Key)
	text("version", h.Version)
	if h.Status != 0 {
		line("status", strconv.Itoa(h.Status))
	}
	text("reason", h.Reason)
	text("accept", h.Accept)
	if h.NoHost {
		line("without", "Host")
	}
	for _, name := range h.Drop {
		line("without", name)
	}
	for _, f := range h.Fields {
		text("field", strings.TrimSuffix(string(f.AppendTo(nil)), "\r\n"))
	}
	for _, name := range h.Subprotocols {
		text("subprotocol", name)
	}
	for _, offer := range h.Offers {
		text("extension", offer)
	}
	if h.Raw != nil {
		text("raw", string(h.Raw))
	}
	if h.Chop > 0 {
		line("in pieces of", octets(h.Chop))
	}
	if h.WithFrames {
		line("with", "the first frames in the same write")
	}
	if h.Refused {
		line("to be", "refused")
	}
}

// String returns the step in one line.
func (s *Step) String() string {
	var b strings.Builder
	b.WriteString(s.Kind.String())
	add := func(format string, args ...any) {
		b.WriteByte(' ')
		fmt.Fprintf(&b, format, args...)
	}
	switch s.Kind {
	case StepFrame:
		add("%s", s.frame())
		switch s.Masking {
		case MaskNever:
			add("never masked")
		case MaskAlways:
			add("masked always")
		case MaskKey:
			add("masked with %x", s.Frame.Mask)
		}
	case StepMessage, StepEcho:
		if s.Kind == StepEcho {
			add("%d ×", s.Count)
		}
		f := s.frame()
		add("%s", strings.Replace(f, ", continued", "", 1))
		if s.Fragment > 0 {
			add("in frames of %s", octets(s.Fragment))
		}
		if s.Plain {
			add("never compressed")
		}
	case StepFrameData, StepRaw:
		f := wsproto.Frame{Header: wsproto.Header{Fin: true, Opcode: wsproto.OpBinary, Length: uint64(s.Payload.Size())}, Payload: s.Payload.head()}
		add("%s", strings.TrimPrefix(s.describe(f), "BINARY "))
	case StepClose:
		switch {
		case s.Payload.Size() > 0:
			add("%x", s.Payload.head())
		case s.Code != 0:
			add("%v", s.Code)
			if s.Reason != "" {
				add("%q", s.Reason)
			}
		}
	case StepWait, StepFailAfter, StepCloseAfter:
		add("%v", s.Timeout)
		if s.Tag != "" {
			add("%q", s.Tag)
		}
	case StepAwait:
		add("%v", s.Until)
		if s.Count > 1 {
			add("× %d", s.Count)
		}
		if s.Timeout > 0 {
			add("within %v", s.Timeout)
		}
	}
	if s.Chop > 0 {
		add("in pieces of %s", octets(s.Chop))
	}
	if s.Sync {
		add("by itself")
	}
	return b.String()
}

// frame is the frame of the step with as much of its payload as is shown.
func (s *Step) frame() string {
	f := wsproto.Frame{Header: s.Frame, Payload: s.Payload.head()}
	f.Length = uint64(s.Payload.Size())
	if s.HasDeclared {
		f.Length = s.Declared
	}
	return s.describe(f)
}

// describe writes a frame of which the head of the payload is at hand.
func (s *Step) describe(f wsproto.Frame) string {
	c := wsproto.Collected{Frame: f, Elided: uint64(s.Payload.Size() - len(f.Payload))}
	text := c.String()
	if s.Payload.Source != "" {
		text += fmt.Sprintf(" of %s from %d on", s.Payload.Source, s.Payload.Offset)
	}
	return text
}

// headOctets are more than a frame shows of its payload.
const headOctets = 256

// head returns the first octets of a payload.
func (p *Payload) head() []byte {
	if p.Source != "" {
		return nil
	}
	return p.AppendRange(nil, 0, min(p.Size(), headOctets))
}

func octets(n int) string {
	if n == 1 {
		return "1 octet"
	}
	return fmt.Sprintf("%d octets", n)
}
