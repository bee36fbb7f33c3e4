package catalogue

import (
	"fmt"
	"strings"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// hello is the message that a case sends where its content does not matter.
const hello = "Hello, world!"

// literal is a payload of exactly these octets.
func literal(s string) oracle.Payload {
	if s == "" {
		return oracle.Payload{}
	}
	return oracle.Payload{Data: []byte(s)}
}

// repeated is a payload of n octets: unit over and over.
func repeated(unit string, n int) oracle.Payload {
	if n == 0 {
		return oracle.Payload{}
	}
	return oracle.Payload{Data: []byte(unit), Len: n}
}

// whole is a frame with FIN set.
func whole(op wsproto.Opcode, p oracle.Payload) oracle.Step {
	return oracle.Step{Kind: oracle.StepFrame, Frame: wsproto.Header{Fin: true, Opcode: op}, Payload: p}
}

// part is a frame with FIN clear: the first of a message, or, with
// OpContinuation, a middle one.
func part(op wsproto.Opcode, p oracle.Payload) oracle.Step {
	return oracle.Step{Kind: oracle.StepFrame, Frame: wsproto.Header{Opcode: op}, Payload: p}
}

// reserved sets the three reserved bits of a frame.
func reserved(bits uint8, frame oracle.Step) oracle.Step {
	frame.Frame.Rsv = bits
	return frame
}

// streamed is the header of a frame with FIN clear that declares n octets
// and brings none.
func streamed(op wsproto.Opcode, n uint64) oracle.Step {
	s := part(op, oracle.Payload{})
	s.Declared, s.HasDeclared = n, true
	return s
}

// more is further octets of a frame that [streamed] began.
func more(octets string) oracle.Step {
	return oracle.Step{Kind: oracle.StepFrameData, Payload: literal(octets)}
}

// message is a whole message, in frames of at most fragment octets (0: one).
func message(op wsproto.Opcode, p oracle.Payload, fragment int) oracle.Step {
	return oracle.Step{
		Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: op}, Payload: p, Fragment: fragment,
	}
}

// closing starts the closing handshake.
func closing(code wsproto.CloseCode, reason string) oracle.Step {
	return oracle.Step{Kind: oracle.StepClose, Code: code, Reason: reason}
}

// closeFrame starts the closing handshake with exactly this payload.
func closeFrame(payload string) oracle.Step {
	return oracle.Step{Kind: oracle.StepClose, Payload: literal(payload)}
}

// codeOctets is a close code as a close frame carries it.
func codeOctets(code wsproto.CloseCode) string {
	return string([]byte{byte(code >> 8), byte(code)})
}

func wait(d time.Duration, tag string) oracle.Step {
	return oracle.Step{Kind: oracle.StepWait, Timeout: d, Tag: tag}
}

func failAfter(d time.Duration) oracle.Step {
	return oracle.Step{Kind: oracle.StepFailAfter, Timeout: d}
}

func closeAfter(d time.Duration) oracle.Step {
	return oracle.Step{Kind: oracle.StepCloseAfter, Timeout: d}
}

// writing is how the frames of a case get onto the wire. Many cases come in
// all three.
type writing uint8

const (
	together  writing = iota // left to the transport, so mostly in one segment
	apart                    // each frame in a write of its own
	octetwise                // each octet in a write of its own
)

// phrase ends the description of a case.
func (w writing) phrase() string {
	switch w {
	case apart:
		return " Each frame is written apart."
	case octetwise:
		return " Every octet is written apart."
	}
	return ""
}

// apply has the frames among the steps written that way.
func (w writing) apply(steps ...oracle.Step) []oracle.Step {
	for i := range steps {
		if steps[i].Kind != oracle.StepFrame {
			continue
		}
		switch w {
		case apart:
			steps[i].Sync = true
		case octetwise:
			steps[i].Chop = 1
		}
	}
	return steps
}

// hexOctets writes octets for a description: "ED A0 80".
func hexOctets(s string) string {
	return fmt.Sprintf("% X", s)
}

// count is a number and its noun: "1 octet", "2 octets".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// sized is a number of octets, in the binary units where it is a whole
// number of them: "16 MiB".
func sized(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return count(n, "octet")
}

// kindOf is the word for a data opcode.
func kindOf(op wsproto.Opcode) string {
	return strings.ToLower(op.String())
}
