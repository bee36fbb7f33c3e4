package oracle

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/notation"
	"github.com/wscheck/wscheck/wsproto"
)

// String returns the canonical text of the script, which [ParseScript] reads:
// a line for our role and, where it is out of the ordinary, for each part of
// the opening handshake, then one for each step and one for the end. Long
// literals continue in lines of their own.
//
//	as client
//	handshake extension "permessage-deflate"
//	frame TEXT "Hello" [continued, rsv=4]
//	message BINARY <00ff> × 65536 [in frames of 1000 octets]
//	close 1000 "bye"
//	end: await the end of the connection
//
// Fields that do not count for a step's kind are not written, and neither are
// values that have no meaning, such as a negative Chop. The text is the same for
// ever.
func (s *Script) String() string {
	var w notation.Writer
	fmt.Fprintf(&w, "as %s", s.Role)
	w.EndLine()
	s.writeBody(&w)
	return w.Builder.String()
}

// writeBody writes what follows the role.
func (s *Script) writeBody(w *notation.Writer) {
	s.Handshake.write(w)
	s.Delivery.write(w)
	for i := range s.Steps {
		s.Steps[i].write(w)
		w.EndLine()
	}
	w.WriteString("end: " + s.End.String())
}

var endNames = [...]string{
	EndClose: "ping, await the pong, close",
	EndAwait: "await the end of the connection",
	EndNone:  "drop the connection",
}

// String returns the words of the text form.
func (e End) String() string { return notation.Name(e, endNames[:]) }

// Parts of the handshake that are not text, in the words of the text form.
const (
	noHost       = "no host"
	begunEarly   = "begun early"
	withFrames   = "with the first frames in the same write"
	toBeRefused  = "to be refused"
	mayBeRefused = "may be refused"
)

// handshakeTexts are the parts of the handshake that are one text each, by
// their word, in the order in which they are written.
var handshakeTexts = [...]struct {
	word string
	of   func(*Handshake) *string
}{
	{"method", func(h *Handshake) *string { return &h.Method }},
	{"target", func(h *Handshake) *string { return &h.Target }},
	{"protocol", func(h *Handshake) *string { return &h.Proto }},
	{"host", func(h *Handshake) *string { return &h.Host }},
	{"key", func(h *Handshake) *string { return &h.Key }},
	{"version", func(h *Handshake) *string { return &h.Version }},
	{"reason", func(h *Handshake) *string { return &h.Reason }},
	{"accept", func(h *Handshake) *string { return &h.Accept }},
}

// write writes a line for each part of the handshake that is not as usual.
func (h *Handshake) write(w *notation.Writer) {
	line := func(words string, octets []byte) {
		w.WriteString("handshake " + words)
		if octets != nil {
			w.Literal(octets)
		}
		w.EndLine()
	}
	for _, request := range h.Before {
		line("before", octetsOf(request))
	}
	if h.BegunEarly {
		line(begunEarly, nil)
	}
	if h.Status > 0 {
		line(fmt.Sprintf("status %d", h.Status), nil)
	}
	for _, part := range handshakeTexts {
		if text := *part.of(h); text != "" {
			line(part.word, []byte(text))
		}
	}
	if h.NoHost {
		line(noHost, nil)
	}
	for _, name := range h.Drop {
		if notation.IsWord(name) {
			line("without "+name, nil)
		} else {
			line("without", octetsOf(name))
		}
	}
	for _, f := range h.Fields {
		switch {
		case f.Raw != "":
			line("line", octetsOf(f.Raw))
		case strings.Contains(f.Name, fieldColon):
			line("field "+notation.Quote([]byte(f.Name))+" is", octetsOf(f.Value))
		default:
			line("field", octetsOf(f.Name+fieldColon+f.Value))
		}
	}
	for _, name := range h.Subprotocols {
		line("subprotocol", octetsOf(name))
	}
	for _, offer := range h.Offers {
		line("extension", octetsOf(offer))
	}
	if h.Raw != nil {
		line("raw", h.Raw)
	}
	if h.Chop > 0 {
		line(inPiecesOf+notation.Octets(h.Chop), nil)
	}
	if h.WithFrames {
		line(withFrames, nil)
	}
	if h.Refused {
		line(toBeRefused, nil)
	}
	if h.MayRefuse {
		line(mayBeRefused, nil)
	}
}

// fieldColon stands between the name and the value of a header field.
const fieldColon = ": "

// octetsOf returns the octets of s, which are not nil.
func octetsOf(s string) []byte { return append([]byte{}, s...) }

// String returns the step as in the script's text.
func (s *Step) String() string {
	var w notation.Writer
	s.write(&w)
	return w.Builder.String()
}

func (s *Step) write(w *notation.Writer) {
	w.WriteString(s.Kind.String())
	switch s.Kind {
	case StepFrame, StepMessage:
		w.WriteString(" " + s.Frame.Opcode.String())
		s.Payload.write(w)
	case StepEcho:
		fmt.Fprintf(w, " %d × %s", max(0, s.Count), s.Frame.Opcode)
		s.Payload.write(w)
	case StepFrameData, StepRaw:
		s.Payload.write(w)
	case StepClose:
		switch {
		case s.Payload.Size() > 0:
			s.Payload.write(w)
		case s.Reason != "":
			fmt.Fprintf(w, " %d", uint16(s.Code))
			w.Literal([]byte(s.Reason))
		case s.Code != 0:
			fmt.Fprintf(w, " %d", uint16(s.Code))
		}
	case StepWait, StepFailAfter, StepCloseAfter:
		fmt.Fprintf(w, " %v", max(0, s.Timeout))
		if s.Kind == StepWait && s.Tag != "" {
			w.Literal([]byte(s.Tag))
		}
	case StepStopReading:
		w.WriteString(stopReading)
	case StepGoOnReading:
		w.WriteString(goOnReading)
	case StepPongs:
		fmt.Fprintf(w, " × %d", max(1, s.Count))
	case StepAwait:
		fmt.Fprintf(w, " %v", s.Until)
		if s.Count > 0 {
			fmt.Fprintf(w, " × %d", s.Count)
		}
		if s.Timeout > 0 {
			fmt.Fprintf(w, " within %v", s.Timeout)
		}
	}
	if options := s.options(); len(options) > 0 {
		w.WriteString(" [" + strings.Join(options, ", ") + "]")
	}
}

// What follows the words stop and go.
const (
	stopReading = " reading"
	goOnReading = " on reading"
)

// The options of a step, or how they begin; optLength is how they end.
const (
	optContinued = "continued"
	optRsv       = "rsv="
	optLength    = " length"
	optDeclared  = "declared "
	optNever     = "never masked"
	optAlways    = "always masked"
	optMasked    = "masked with "
	optFrames    = "in frames of "
	optPlain     = "never compressed"
	inPiecesOf   = "in pieces of "
	optAlone     = "by itself"
	optBeneath   = "beneath the stream"
	optWithin    = "within "
)

// options returns what is out of the ordinary about the octets of a step.
func (s *Step) options() (list []string) {
	may := optionsOf(s.Kind)
	if may.frame && !s.Frame.Fin {
		list = append(list, optContinued)
	}
	if may.header && s.Frame.Rsv != 0 {
		list = append(list, optRsv+strconv.Itoa(int(s.Frame.Rsv)))
	}
	if may.frame {
		if f := s.Frame.Form; f != wsproto.FormMinimal && f <= wsproto.Form64 {
			list = append(list, f.String()+optLength)
		}
		if s.HasDeclared {
			list = append(list, optDeclared+strconv.FormatUint(s.Declared, 10))
		}
	}
	if may.header {
		switch s.Masking {
		case MaskNever:
			list = append(list, optNever)
		case MaskAlways:
			list = append(list, optAlways)
		case MaskKey:
			list = append(list, optMasked+hex.EncodeToString(s.Frame.Mask[:]))
		}
	}
	if may.message {
		if s.Fragment > 0 {
			list = append(list, optFrames+notation.Octets(s.Fragment))
		}
		if s.Plain {
			list = append(list, optPlain)
		}
	}
	if may.written {
		if s.Chop > 0 {
			list = append(list, inPiecesOf+notation.Octets(s.Chop))
		}
		if s.Sync {
			list = append(list, optAlone)
		}
	}
	if may.beneath && s.Beneath {
		list = append(list, optBeneath)
	}
	if may.limit && s.Timeout > 0 {
		list = append(list, optWithin+s.Timeout.String())
	}
	return list
}

// optionKinds are the options that count for a kind of step.
type optionKinds struct {
	frame   bool // FIN, the length
	header  bool // RSV, masking
	message bool // fragments, compression
	written bool // pieces
	limit   bool // a time-out
	beneath bool // frames of HTTP/2
}

func optionsOf(k StepKind) optionKinds {
	switch k {
	case StepFrame:
		return optionKinds{frame: true, header: true, written: true}
	case StepMessage:
		return optionKinds{header: true, message: true, written: true}
	case StepEcho:
		return optionKinds{header: true, message: true, written: true, limit: true}
	case StepFrameData:
		return optionKinds{written: true}
	case StepRaw:
		return optionKinds{written: true, beneath: true}
	}
	return optionKinds{}
}

// write writes a payload, with a blank before it; nothing of an empty one.
func (p *Payload) write(w *notation.Writer) {
	switch {
	case p.Source != "":
		fmt.Fprintf(w, " %s of ", notation.Octets(max(0, p.Len)))
		if notation.IsWord(p.Source) {
			w.WriteString(p.Source)
		} else {
			w.WriteString(notation.Quote([]byte(p.Source)))
		}
		if p.Offset > 0 {
			fmt.Fprintf(w, " from %d", p.Offset)
		}
	case p.Len > 0:
		w.Literal(p.Data)
		if n := len(p.Data); n > 0 && p.Len%n == 0 {
			fmt.Fprintf(w, " × %d", p.Len/n)
		} else {
			fmt.Fprintf(w, " to %s", notation.Octets(p.Len))
		}
	case len(p.Data) > 0:
		w.Literal(p.Data)
	}
}
