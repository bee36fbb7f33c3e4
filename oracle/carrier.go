package oracle

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/notation"
	"github.com/wscheck/wscheck/wsproto"
)

// Carrier is what carries the stream of a WebSocket. The zero value is RFC 6455's
// own: a connection that HTTP/1.1 upgrades.
type Carrier uint8

// The carriers.
const (
	HTTP1 Carrier = iota // RFC 6455 4
	HTTP2                // a stream of HTTP/2, opened by an extended CONNECT (RFC 8441)
)

var carrierNames = [...]string{HTTP1: "http1", HTTP2: "http2"}

// String returns "http1" or "http2".
func (c Carrier) String() string { return notation.Name(c, carrierNames[:]) }

// ParseCarrier returns the carrier of that name.
func ParseCarrier(name string) (Carrier, error) {
	if i := slices.Index(carrierNames[:], name); i >= 0 {
		return Carrier(i), nil
	}
	return 0, fmt.Errorf("carrier %q: want %s", name, strings.Join(carrierNames[:], " or "))
}

// MarshalText returns the name.
func (c Carrier) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a name.
func (c *Carrier) UnmarshalText(text []byte) (err error) {
	*c, err = ParseCarrier(string(text))
	return err
}

// Delivery says how our side hands the octets of the stream over in HTTP/2. The
// zero value is the ordinary way.
type Delivery struct {
	Data   int  // the most octets of the stream in a DATA frame; 0: as many as the peer takes
	Pad    int  // octets of padding in each DATA frame, at most 255
	Window int  // the flow-control window that the peer has for the stream; 0: a large one
	Head   int  // octets of the field block of our header list in a frame; 0: as many as the peer takes
	Empty  bool // a DATA frame without octets goes before each other one
}

// The words of the text form of a delivery.
const (
	carrierWord  = "over"
	deliveryWord = "delivery"
	optData      = "data "
	optPad       = "padding "
	optWindow    = "window "
	optHead      = "head "
	optEmpty     = "empty frames"
)

// maxPad is the most padding that a DATA frame can have (RFC 9113 6.1).
const maxPad = 255

func (d *Delivery) write(w *notation.Writer) {
	if *d == (Delivery{}) {
		return
	}
	var list []string
	for _, o := range []struct {
		word string
		n    int
	}{{optData, d.Data}, {optPad, d.Pad}, {optWindow, d.Window}, {optHead, d.Head}} {
		if o.n > 0 {
			list = append(list, o.word+strconv.Itoa(o.n))
		}
	}
	if d.Empty {
		list = append(list, optEmpty)
	}
	w.WriteString(deliveryWord + " [" + strings.Join(list, ", ") + "]")
	w.EndLine()
}

// delivery reads the line of a delivery.
func (s reader) delivery(d *Delivery) {
	s.Expect(deliveryWord)
	known := func() string {
		return strings.Join([]string{optData + "1", optPad + "1", optWindow + "1", optHead + "1", optEmpty}, ", ")
	}
	if !s.Is("[") {
		panic(s.ErrorHere("%s: want how the stream is delivered in brackets: %s", s.Found(), known()))
	}
	s.Options(d.setOption, "a delivery", known)
	s.EndLine()
}

func (d *Delivery) setOption(words string) (about string, ok bool) {
	if words == optEmpty {
		d.Empty = true
		return optEmpty, true
	}
	for _, o := range []struct {
		word string
		to   *int
		most uint64
	}{{optData, &d.Data, notation.MaxNumber}, {optPad, &d.Pad, maxPad}, {optWindow, &d.Window, notation.MaxNumber}, {optHead, &d.Head, notation.MaxNumber}} {
		if digits, is := strings.CutPrefix(words, o.word); is {
			n, ok := notation.ParseNumber(digits)
			*o.to = int(min(n, o.most))
			return o.word, ok && n >= 1 && n <= o.most
		}
	}
	return "", false
}

// carrier reads the line that names the carrier of a trace, if it is there.
func (s reader) carrier() Carrier {
	if !s.Accept(carrierWord) {
		return HTTP1
	}
	c, err := ParseCarrier(s.Token.Text)
	if s.Token.Kind != notation.Word || err != nil {
		panic(s.ErrorHere("%s: want a carrier: %s", s.Found(), strings.Join(carrierNames[:], ", ")))
	}
	s.Advance()
	s.EndLine()
	return c
}

// Uncarried says why a script cannot be played over a carrier, "" where it can.
func (s *Script) Uncarried(by Carrier) string {
	verbatim := bytes.HasPrefix(s.Handshake.Raw, []byte(wsproto.VerbatimHead))
	beneath := slices.ContainsFunc(s.Steps, func(s Step) bool { return s.Beneath })
	switch {
	case by == HTTP1 && (verbatim || beneath || s.Delivery != Delivery{}):
		return "it is about HTTP/2"
	case by == HTTP2 && !verbatim && !s.Handshake.connects():
		return "its opening handshake is one of HTTP/1.1 alone"
	}
	return ""
}

// connects reports whether the handshake can be made by an extended CONNECT.
func (h *Handshake) connects() bool {
	if h.Target != "" && h.Target[0] != '/' || h.Method != "" || h.Proto != "" || h.NoHost || h.Host != "" || h.Key != "" || h.Reason != "" || h.Accept != "" ||
		h.Status != 0 || len(h.Before)+len(h.Drop) > 0 || h.Raw != nil || h.Chop > 0 {
		return false
	}
	return !slices.ContainsFunc(h.Fields, func(f wsproto.Field) bool {
		return f.Raw != "" || !wsproto.IsToken(f.Name) || strings.ContainsFunc(f.Value, func(r rune) bool { return r < ' ' || r == 0x7f }) ||
			strings.TrimSpace(f.Value) != f.Value || slices.Contains(hopFields, strings.ToLower(f.Name))
	})
}

// hopFields are header fields that are of HTTP/1.1 alone, or that mean something
// else there (RFC 9113 8.2.2, RFC 8441 5).
var hopFields = []string{
	"connection", "upgrade", "keep-alive", "proxy-connection", "transfer-encoding", "te", "host", "content-length", "expect", "trailer",
	"sec-websocket-key", "sec-websocket-accept", "http2-settings",
}
