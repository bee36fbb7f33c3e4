package learn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Output is what a peer does in answer to an input.
type Output struct {
	Text string // "echo", "close 1002, end"; [Nothing] for nothing
	Ends bool   // the connection is over
}

// Nothing is the text of an output without anything in it.
const Nothing = "nothing"

// Dialogue is a conversation with a peer, input by input: it knows what to send
// and calls by name what comes back. It does no I/O.
type Dialogue struct {
	peer wsproto.Role
	said int // inputs

	open   *message  // of ours, begun and not ended
	owed   []message // of ours, not echoed yet
	pings  []string  // of ours, not answered yet
	window []byte    // content of our compressed messages

	frames   wsproto.Collector
	theirs   *message // begun and not ended
	packed   bool     // theirs is compressed
	inflater *deflate.Inflater
	closed   bool // a close frame came
	heard    []string
}

type message struct {
	op      wsproto.Opcode
	payload []byte
}

// Bounds of what is kept of a peer's messages, of the octets of each and of the
// answers to one input.
const (
	maxMessage = 16 << 10
	maxHeard   = 8
)

// NewDialogue returns the dialogue with a peer in a role, after the opening
// handshake. theirs is how the peer compresses its messages, nil for not at all.
func NewDialogue(peer wsproto.Role, theirs *deflate.Stream) *Dialogue {
	d := &Dialogue{peer: peer, frames: wsproto.Collector{MaxPayload: maxMessage}}
	if theirs != nil {
		d.inflater = deflate.NewInflater(*theirs, maxMessage)
	}
	return d
}

// Say returns the steps of the next input. What is heard from now on is the answer
// to it.
func (d *Dialogue) Say(in *Input) []oracle.Step {
	d.heard = d.heard[:0]
	steps := in.say(d)
	d.said++
	return steps
}

// Hear takes an event of the conversation's trace that came after the opening
// handshake. Only those of the peer's count.
func (d *Dialogue) Hear(ev *oracle.Event) {
	switch ev.Kind {
	case oracle.EventReceived:
		d.Octets(ev.Data)
		if ev.Elided() {
			d.hear("flood")
		}
	case oracle.EventReceivedEOF:
		d.hear("end")
	case oracle.EventReceivedReset:
		if d.closed {
			d.hear("end") // which of the two is a matter of who read last
		} else {
			d.hear("reset")
		}
	case oracle.EventPeerDied:
		d.hear("dies")
	case oracle.EventOverflow:
		d.hear("flood")
	}
}

// Octets takes octets of the peer's that follow its opening handshake.
func (d *Dialogue) Octets(b []byte) {
	for _, f := range d.frames.Feed(b) {
		d.frame(&f)
	}
}

// hear adds to the answer. What is said again at once is said once.
func (d *Dialogue) hear(what string) {
	switch n := len(d.heard); {
	case n > 0 && d.heard[n-1] == what:
	case n < maxHeard:
		d.heard = append(d.heard, what)
	case n == maxHeard:
		d.heard = append(d.heard, "…")
	}
}

// Answer returns what was heard since the last input; ends says whether the
// connection is over.
func (d *Dialogue) Answer(ends bool) Output {
	if len(d.heard) == 0 {
		return Output{Nothing, ends}
	}
	return Output{strings.Join(d.heard, ", "), ends}
}

func (d *Dialogue) frame(f *wsproto.Collected) {
	about := ""
	masked := f.Masked == (d.peer == wsproto.Client)
	if !masked {
		about = "wrongly masked "
	}
	if !f.Minimal() {
		about += "wrongly long "
	}
	if f.Opcode.IsControl() && f.Rsv != 0 {
		about += fmt.Sprintf("rsv %d ", f.Rsv)
	}
	if f.Opcode.IsControl() && !f.Fin {
		about += "unfinished "
	}
	switch op := f.Opcode; {
	case op == wsproto.OpClose && !masked:
		d.closed = true
		d.hear(about + "close") // its payload may be masked all the same, with an unknown key
	case op == wsproto.OpClose:
		d.closed = true
		d.hear(about + closeText(f.Payload))
	case op == wsproto.OpPing:
		d.hear(about + "ping")
	case op == wsproto.OpPong:
		d.pong(about, string(f.Payload))
	case op == wsproto.OpText || op == wsproto.OpBinary || op == wsproto.OpContinuation:
		d.data(about, f)
	default:
		d.hear(fmt.Sprintf("%sopcode %d", about, op))
	}
}

func closeText(payload []byte) string {
	p, ok := wsproto.ParseClose(payload)
	switch {
	case !ok:
		return "close with one octet"
	case !p.HasCode:
		return "close"
	}
	return fmt.Sprintf("close %d", uint16(p.Code))
}

// pong is an answer to the latest ping or to an earlier one (RFC 6455 5.5.3).
func (d *Dialogue) pong(about, payload string) {
	i := slices.Index(d.pings, payload)
	if i < 0 {
		d.hear(about + "pong unasked")
		return
	}
	d.pings = d.pings[i+1:]
	d.hear(about + "pong")
}

func (d *Dialogue) data(about string, f *wsproto.Collected) {
	begins := f.Opcode != wsproto.OpContinuation
	switch {
	case begins == (d.theirs != nil):
		d.hear(about + "fragment out of turn")
		return
	case begins:
		d.theirs, d.packed = &message{op: f.Opcode}, d.inflater != nil && f.Rsv&4 != 0
		if f.Rsv&^4 != 0 || f.Rsv != 0 && d.inflater == nil {
			about += fmt.Sprintf("rsv %d ", f.Rsv)
		}
	case f.Rsv != 0:
		about += fmt.Sprintf("rsv %d ", f.Rsv)
	}
	m := d.theirs
	m.payload = append(m.payload, f.Payload[:min(len(f.Payload), maxMessage-len(m.payload))]...)
	if !f.Fin {
		d.hear(about + "part")
		return
	}
	d.theirs = nil
	kind := "text"
	if m.op == wsproto.OpBinary {
		kind = "binary"
	}
	if d.packed {
		about += "deflated "
		content, _, err := d.inflater.Message(nil, m.payload)
		if err != nil {
			d.hear(about + "nonsense")
			return
		}
		m.payload = content
	}
	i := slices.IndexFunc(d.owed, func(o message) bool { return o.op == m.op && string(o.payload) == string(m.payload) })
	if i >= 0 {
		kind = "echo"
		d.owed = d.owed[i+1:] // those before it do not come any more
	}
	if !begins {
		kind += " ended"
	}
	d.hear(about + kind)
}
