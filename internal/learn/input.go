package learn

import (
	"fmt"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Input is one thing that our side does.
type Input struct {
	Name string // as in the text form of machines
	Does string // in words
	Ends bool   // the connection is over after it in any case

	needs need
	say   func(*Dialogue) []oracle.Step
}

// need says where an input has a meaning.
type need uint8

const (
	needNothing need = iota
	needTime         // a bubble, where time is free
	needDeflate      // an agreed permessage-deflate
	needPlain        // that there is none
)

// Setting is what decides on which inputs there are.
type Setting struct {
	Deflate bool // permessage-deflate is agreed on
	Time    bool // time is free: waits are inputs
}

// Alphabet returns the inputs, in the order by which states are numbered.
func Alphabet(s Setting) (inputs []*Input) {
	for i := range all {
		in := &all[i]
		switch {
		case in.needs == needTime && !s.Time, in.needs == needDeflate && !s.Deflate, in.needs == needPlain && s.Deflate:
			continue
		}
		inputs = append(inputs, in)
	}
	return inputs
}

// Named returns the input of that name, nil if there is none.
func Named(name string) *Input {
	for i := range all {
		if all[i].Name == name {
			return &all[i]
		}
	}
	return nil
}

func inputNames() (names []string) {
	for i := range all {
		names = append(names, all[i].Name)
	}
	return names
}

// longPing is the shortest payload that is too long for a control frame (RFC 6455
// 5.5).
const longPing = 126

// contextReference is a compressed message of one reference, by a fixed code, to
// three octets that began four octets before it: it means something to a
// receiver alone that has taken over the context of an earlier message.
var contextReference = []byte{0x02, 0x62, 0x00, 0x00}

var all = []Input{
	{Name: "text", Does: "a text message", say: saying(wsproto.OpText, 0, "text")},
	{Name: "binary", Does: "a binary message", say: saying(wsproto.OpBinary, 0, "\xffbinary")},
	{Name: "empty", Does: "an empty text message", say: func(d *Dialogue) []oracle.Step {
		return d.message(wsproto.OpText, 0, oracle.MaskByRole, nil)
	}},
	{Name: "first", Does: "the first fragment of a text message", say: func(d *Dialogue) []oracle.Step {
		d.open = &message{op: wsproto.OpText, payload: d.numbered("first")}
		return frame(wsproto.OpText, false, 0, oracle.MaskByRole, d.open.payload)
	}},
	{Name: "more", Does: "a continuation that is not the last", say: func(d *Dialogue) []oracle.Step {
		return d.continuation(false)
	}},
	{Name: "last", Does: "the last continuation", say: func(d *Dialogue) []oracle.Step {
		return d.continuation(true)
	}},
	{Name: "deflated", Does: "a compressed text message", needs: needDeflate, say: func(d *Dialogue) []oracle.Step {
		content := d.numbered("deflated")
		return d.deflated(content, deflate.NewCompressor(deflate.Stream{}).Message(nil, content))
	}},
	{Name: "deflated-context", Does: "a compressed text message that refers to the one before", needs: needDeflate, say: func(d *Dialogue) []oracle.Step {
		var content []byte
		if n := len(d.window); n > 0 {
			content = append(content, d.window[n-4:n-1]...)
		}
		return d.deflated(content, contextReference)
	}},
	{Name: "ping", Does: "a ping", say: func(d *Dialogue) []oracle.Step {
		return d.ping(true, d.numbered("ping"))
	}},
	{Name: "pong", Does: "an unsolicited pong", say: framing(wsproto.OpPong, "pong")},
	{Name: "minute", Does: "nothing for a minute", needs: needTime, say: single(oracle.Step{Kind: oracle.StepWait, Timeout: time.Minute})},
	{Name: "ping-126", Does: "a ping of 126 octets, one more than there may be", say: func(d *Dialogue) []oracle.Step {
		return d.ping(true, []byte(strings.Repeat("p", longPing)))
	}},
	{Name: "ping-part", Does: "a ping with FIN clear", say: func(d *Dialogue) []oracle.Step {
		return d.ping(false, d.numbered("part"))
	}},
	{Name: "rsv1", Does: "a text message with RSV1 set, which no extension gives a meaning", needs: needPlain, say: saying(wsproto.OpText, 4, "rsv1")},
	{Name: "rsv2", Does: "a text message with RSV2 set", say: saying(wsproto.OpText, 2, "rsv2")},
	{Name: "opcode-3", Does: "a frame of opcode 3, which is reserved", say: framing(3, "data")},
	{Name: "opcode-11", Does: "a frame of opcode 11, a control frame that is reserved", say: framing(11, "control")},
	{Name: "bad-text", Does: "a text message that is not UTF-8", say: saying(wsproto.OpText, 0, "bad\xff")},
	{Name: "bad-mask", Does: "a text message that is masked as the other side masks", say: func(d *Dialogue) []oracle.Step {
		masking := oracle.MaskNever
		if d.peer == wsproto.Client {
			masking = oracle.MaskAlways
		}
		return d.message(wsproto.OpText, 0, masking, d.numbered("mask"))
	}},
	{Name: "close-1000", Does: "a close frame with code 1000", Ends: true, say: single(oracle.Step{Kind: oracle.StepClose, Code: wsproto.CloseNormal})},
	{Name: "close-none", Does: "a close frame without a code", Ends: true, say: single(oracle.Step{Kind: oracle.StepClose})},
	{Name: "close-1-octet", Does: "a close frame with a payload of one octet", Ends: true, say: closeWith("\x03")},
	{Name: "close-999", Does: "a close frame with code 999", Ends: true, say: closeWith("\x03\xe7")},
	{Name: "close-bad-text", Does: "a close frame with code 1000 and a reason that is not UTF-8", Ends: true, say: closeWith("\x03\xe8\xff")},
	{Name: "eof", Does: "the end of our stream, without a close frame", Ends: true, say: single(oracle.Step{Kind: oracle.StepShutdown})},
}

// saying sends a message in one frame, and framing sends a frame that has no echo. The
// content of each is its own, so that an answer shows which input it answers.
func saying(op wsproto.Opcode, rsv uint8, text string) func(*Dialogue) []oracle.Step {
	return func(d *Dialogue) []oracle.Step { return d.message(op, rsv, oracle.MaskByRole, d.numbered(text)) }
}

func framing(op wsproto.Opcode, text string) func(*Dialogue) []oracle.Step {
	return func(d *Dialogue) []oracle.Step { return frame(op, true, 0, oracle.MaskByRole, d.numbered(text)) }
}

// single takes one step, which is the same each time.
func single(s oracle.Step) func(*Dialogue) []oracle.Step {
	return func(*Dialogue) []oracle.Step { return []oracle.Step{s} }
}

func closeWith(payload string) func(*Dialogue) []oracle.Step {
	return single(oracle.Step{Kind: oracle.StepClose, Payload: oracle.Payload{Data: []byte(payload)}})
}

func frame(op wsproto.Opcode, fin bool, rsv uint8, masking oracle.Masking, payload []byte) []oracle.Step {
	return []oracle.Step{{
		Kind: oracle.StepFrame, Frame: wsproto.Header{Fin: fin, Rsv: rsv, Opcode: op}, Masking: masking,
		Payload: oracle.Payload{Data: payload},
	}}
}

// numbered is content that no other input of the dialogue has.
func (d *Dialogue) numbered(text string) []byte { return fmt.Appendf(nil, "%s %d", text, d.said) }

// message says a message in one frame, whose echo counts as one however wrong the
// frame is.
func (d *Dialogue) message(op wsproto.Opcode, rsv uint8, masking oracle.Masking, payload []byte) []oracle.Step {
	d.owed = append(d.owed, message{op, payload})
	return frame(op, true, rsv, masking, payload)
}

func (d *Dialogue) continuation(fin bool) []oracle.Step {
	word := "more"
	if fin {
		word = "last"
	}
	piece := d.numbered(word)
	if d.open != nil {
		d.open.payload = append(d.open.payload, piece...)
		if fin {
			d.owed = append(d.owed, *d.open)
			d.open = nil
		}
	}
	return frame(wsproto.OpContinuation, fin, 0, oracle.MaskByRole, piece)
}

func (d *Dialogue) ping(fin bool, payload []byte) []oracle.Step {
	d.pings = append(d.pings, string(payload))
	return frame(wsproto.OpPing, fin, 0, oracle.MaskByRole, payload)
}

func (d *Dialogue) deflated(content, compressed []byte) []oracle.Step {
	if content != nil {
		d.owed = append(d.owed, message{wsproto.OpText, content})
		d.window = append(d.window, content...)
	}
	return frame(wsproto.OpText, true, 4, oracle.MaskByRole, compressed)
}

// Mask is the masking key of all frames. A peer that continues to read after it has
// failed the connection takes masked octets for a header: what it does then has to
// be the same each time.
var Mask = [4]byte{0x5a, 0x3c, 0x96, 0xe1}

// scriptPause is how long a script waits after each input.
const scriptPause = 100 * time.Millisecond

// Script returns the script that says a word to a peer in a role: our side has the
// other one.
func Script(peer wsproto.Role, word []*Input, s Setting) *oracle.Script {
	script := &oracle.Script{Role: peer.Peer()}
	if s.Deflate {
		script.Handshake.Offers = []string{deflate.Name}
	}
	d := NewDialogue(peer, nil)
	for _, in := range word {
		for _, step := range d.Say(in) {
			if step.Kind == oracle.StepFrame && step.Masking == oracle.MaskByRole && peer == wsproto.Server {
				step.Masking, step.Frame.Mask = oracle.MaskKey, Mask
			}
			script.Steps = append(script.Steps, step)
		}
		if in.needs != needTime {
			script.Steps = append(script.Steps, oracle.Step{Kind: oracle.StepWait, Timeout: scriptPause})
		}
	}
	return script
}
