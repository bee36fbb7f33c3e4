package engine

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Said is a message, its text or its octets.
type Said struct {
	Opcode  wsproto.Opcode
	Content []byte
}

// Bounds of a recording that is varied.
const (
	maxVaried       = 256     // messages of ours
	maxVariedOctets = 1 << 20 // of them all
	varyTries       = 2       // more plays that have to show the same difference
)

// PlainScript returns the script that sends the messages of a recorded conversation
// again, each in one frame and once the peer has said as much as it had then. It
// fails where our side was not the client, or where not all octets were kept.
func PlainScript(t *oracle.Trace) (*oracle.Script, error) {
	if t.Role != wsproto.Client {
		return nil, errors.New("the recording is of a server's side: only a client's can be played again")
	}
	said, ours, heard, err := messagesOf(t)
	switch {
	case err != nil:
		return nil, err
	case len(said) == 0:
		return nil, errors.New("the client sends no message in the recording: there is nothing to play again")
	case len(said) > maxVaried:
		return nil, fmt.Errorf("the client sends %d messages in the recording: cut it down to %d", len(said), maxVaried)
	}
	s := &oracle.Script{Role: wsproto.Client}
	octets := 0
	awaited := 0
	for i, m := range said {
		if n := ours[i]; n > awaited {
			s.Steps, awaited = append(s.Steps, awaitMessages(n)), n
		}
		if octets += len(m.Content); octets > maxVariedOctets {
			return nil, fmt.Errorf("the client's messages have more than %d octets: cut the recording down", maxVariedOctets)
		}
		s.Steps = append(s.Steps, oracle.Step{
			Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: m.Opcode}, Payload: oracle.Payload{Data: m.Content},
		})
	}
	if len(heard) > awaited {
		s.Steps = append(s.Steps, awaitMessages(len(heard)))
	}
	request, _ := t.Octets(oracle.EventSent)
	if r, n, err := wsproto.ParseRequest(request); err == nil && n > 0 {
		s.Handshake.Subprotocols = r.Fields.Tokens("Sec-WebSocket-Protocol")
	}
	return s, nil
}

func awaitMessages(n int) oracle.Step {
	return oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitMessage, Count: n, Timeout: variedWait}
}

// variedWait is how long an answer is waited for that came in the recording.
const variedWait = 5 * time.Second

// hearing puts the messages of one side together.
type hearing struct {
	head     bool // the opening handshake is over
	octets   []byte
	frames   wsproto.Collector
	inflater *deflate.Inflater
	message  Said
	packed   bool
	all      []Said
}

// messagesOf returns the messages of our side, how many the peer had sent before
// each, and those of the peer.
func messagesOf(t *oracle.Trace) (ours []Said, before []int, theirs []Said, err error) {
	if t.Elided() {
		return nil, nil, nil, errors.New("not all octets of the conversation were kept: make it a shorter one")
	}
	var us, them hearing
	received, _ := t.Octets(oracle.EventReceived)
	response, n, err := wsproto.ParseResponse(received)
	if err != nil || n == 0 {
		return nil, nil, nil, errors.New("the opening handshake has no response that can be read")
	}
	if extensions, err := wsproto.ParseExtensions(response.Values(extensionsField)); err == nil {
		for _, e := range extensions {
			if e.Name == deflate.Name {
				params, _ := deflate.ParseAnswer(e)
				us.inflater = deflate.NewInflater(params.Client(), maxInflated)
				them.inflater = deflate.NewInflater(params.Server(), maxInflated)
			}
		}
	}
	for i := range t.Events {
		switch ev := &t.Events[i]; ev.Kind {
		case oracle.EventSent:
			n := len(us.all)
			if err := us.feed(ev.Data); err != nil {
				return nil, nil, nil, err
			}
			for range len(us.all) - n {
				before = append(before, len(them.all))
			}
		case oracle.EventReceived:
			if err := them.feed(ev.Data); err != nil {
				return nil, nil, nil, err
			}
		}
	}
	return us.all, before, them.all, nil
}

// feed takes octets of the side.
func (h *hearing) feed(b []byte) error {
	if !h.head {
		h.octets = append(h.octets, b...)
		_, rest, found := strings.Cut(string(h.octets), "\r\n\r\n")
		if h.head = found; !found {
			return nil
		}
		b = []byte(rest)
	}
	for _, f := range h.frames.Feed(b) {
		if f.Opcode.IsControl() || f.Elided > 0 {
			continue
		}
		if f.Opcode != wsproto.OpContinuation {
			h.message, h.packed = Said{Opcode: f.Opcode}, f.Rsv&rsv1 != 0 && h.inflater != nil
		}
		payload := f.Payload
		if h.packed {
			var err error
			if payload, err = h.inflater.Append(nil, payload); err != nil {
				return fmt.Errorf("a compressed message cannot be read: %w", err)
			}
		}
		h.message.Content = append(h.message.Content, payload...)
		if !f.Fin {
			continue
		}
		if h.packed {
			if _, err := h.inflater.End(); err != nil {
				return fmt.Errorf("a compressed message cannot be read: %w", err)
			}
		}
		h.all = append(h.all, h.message)
	}
	return nil
}

// Variation is another way to send the same messages.
type Variation struct {
	Name string
	make func(*oracle.Step) []oracle.Step // of one message
	open func(*oracle.Handshake)          // of the opening handshake; nil: it stays as it is
}

// Variations returns the ways in which messages can be sent that mean the same.
func Variations() []Variation {
	fragments := func(size func(n int) int) func(*oracle.Step) []oracle.Step {
		return func(s *oracle.Step) []oracle.Step {
			one := *s
			one.Fragment = max(1, size(len(s.Payload.Data)), len(s.Payload.Data)/1000)
			return []oracle.Step{one}
		}
	}
	changed := func(change func(*oracle.Step)) func(*oracle.Step) []oracle.Step {
		return func(s *oracle.Step) []oracle.Step {
			one := *s
			change(&one)
			return []oracle.Step{one}
		}
	}
	pieces := func(n int) func(*oracle.Step) {
		return func(s *oracle.Step) { s.Chop = max(n, len(s.Payload.Data)/1000) }
	}
	key := func(mask [4]byte) func(*oracle.Step) {
		return func(s *oracle.Step) { s.Masking, s.Frame.Mask = oracle.MaskKey, mask }
	}
	part := func(op wsproto.Opcode, fin bool, b []byte) oracle.Step {
		return oracle.Step{Kind: oracle.StepFrame, Frame: wsproto.Header{Opcode: op, Fin: fin}, Payload: oracle.Payload{Data: b}}
	}
	between := func(op wsproto.Opcode) func(*oracle.Step) []oracle.Step {
		return func(s *oracle.Step) []oracle.Step {
			half := len(s.Payload.Data) / 2
			return []oracle.Step{
				part(s.Frame.Opcode, false, s.Payload.Data[:half]), part(op, true, []byte("between")),
				part(wsproto.OpContinuation, true, s.Payload.Data[half:]),
			}
		}
	}
	same := changed(func(*oracle.Step) {})
	return []Variation{
		{"two fragments", fragments(func(n int) int { return (n + 1) / 2 }), nil},
		{"fragments of one octet", fragments(func(int) int { return 1 }), nil},
		{"fragments of 125 octets", fragments(func(int) int { return 125 }), nil},
		{"empty fragments around it", func(s *oracle.Step) []oracle.Step {
			return []oracle.Step{
				part(s.Frame.Opcode, false, nil), part(wsproto.OpContinuation, false, s.Payload.Data), part(wsproto.OpContinuation, true, nil),
			}
		}, nil},
		{"written apart", changed(func(s *oracle.Step) { s.Sync = true }), nil},
		{"written octet by octet", changed(pieces(1)), nil},
		{"written in pieces of 3 octets, which split the header", changed(pieces(3)), nil},
		{"written in pieces of 1000 octets", changed(pieces(1000)), nil},
		{"a ping before it", func(s *oracle.Step) []oracle.Step {
			return []oracle.Step{part(wsproto.OpPing, true, []byte("before")), *s}
		}, nil},
		{"a pong before it", func(s *oracle.Step) []oracle.Step {
			return []oracle.Step{part(wsproto.OpPong, true, []byte("before")), *s}
		}, nil},
		{"a ping between its fragments", between(wsproto.OpPing), nil},
		{"a pong between its fragments", between(wsproto.OpPong), nil},
		{"the masking key 00000000", changed(key([4]byte{})), nil},
		{"the masking key ffffffff", changed(key([4]byte{0xff, 0xff, 0xff, 0xff})), nil},
		{"compressed, where that is agreed on", same, func(h *oracle.Handshake) { h.Offers = []string{deflate.Name} }},
	}
}

// of returns the script with one message varied, or with only < 0 all of them.
func (v *Variation) of(s *oracle.Script, only int) *oracle.Script {
	varied := *s
	varied.Steps = nil
	n := 0
	for i := range s.Steps {
		if s.Steps[i].Kind != oracle.StepMessage {
			varied.Steps = append(varied.Steps, s.Steps[i])
			continue
		}
		if only < 0 || only == n {
			varied.Steps = append(varied.Steps, v.make(&s.Steps[i])...)
		} else {
			varied.Steps = append(varied.Steps, s.Steps[i])
		}
		n++
	}
	if v.open != nil {
		v.open(&varied.Handshake)
	}
	return &varied
}

// Varied is a difference: the same messages, sent in another way, had other answers.
type Varied struct {
	Variation string
	Message   int // of ours that has to be sent so, from 1 on; 0: all of them
	Want, Got string
	Script    *oracle.Script
}

// Vary plays a script, and then with each variation, and returns the variations that change
// what the peer says, apart from what mask matches. A difference counts if it comes each
// time. The player's dialect has to be [oracle.DialectNone]. Vary returns an error if the
// peer says different things to the same script.
func (p *Player) Vary(ctx context.Context, s *oracle.Script, mask []*regexp.Regexp, progress func(v string, done, total int)) ([]Varied, error) {
	want, err := p.hear(ctx, s, mask)
	if err != nil {
		return nil, err
	}
	for range varyTries {
		again, err := p.hear(ctx, s, mask)
		if err != nil {
			return nil, err
		}
		if a, b, differ := difference(want, again); differ {
			return nil, fmt.Errorf("the peer says %s, and in an equal conversation %s: name what differs by --mask", a, b)
		}
	}
	var found []Varied
	all := Variations()
	for i := range all {
		v := &all[i]
		if progress != nil {
			progress(v.Name, i, len(all))
		}
		d, err := p.differs(ctx, v.of(s, -1), s, want, mask)
		if err != nil {
			return found, err
		}
		if d == nil {
			continue
		}
		d.Variation = v.Name
		messages := len(slices.DeleteFunc(slices.Clone(s.Steps), func(s oracle.Step) bool { return s.Kind != oracle.StepMessage }))
		for k := range messages {
			one, err := p.differs(ctx, v.of(s, k), s, want, mask)
			if err != nil {
				return found, err
			}
			if one != nil {
				one.Variation, one.Message = v.Name, k+1
				d = one
				break
			}
		}
		found = append(found, *d)
	}
	return found, nil
}

// differs plays a varied script and returns how the answers differ, nil where they do
// not each time, or where those to the plain script do too.
func (p *Player) differs(ctx context.Context, varied, plain *oracle.Script, want []string, mask []*regexp.Regexp) (*Varied, error) {
	var d *Varied
	for range 1 + varyTries {
		got, err := p.hear(ctx, varied, mask)
		if err != nil {
			return nil, err
		}
		a, b, differ := difference(want, got)
		if !differ {
			return nil, nil
		}
		d = &Varied{Want: a, Got: b, Script: varied}
	}
	again, err := p.hear(ctx, plain, mask)
	if err != nil {
		return nil, err
	}
	if a, b, differ := difference(want, again); differ {
		return nil, fmt.Errorf("the peer said %s, and later in an equal conversation %s: name what differs by --mask", a, b)
	}
	return d, nil
}

// difference returns the first of two lists in which they differ.
func difference(want, got []string) (a, b string, differ bool) {
	for i := range max(len(want), len(got)) {
		a, b = "nothing more", "nothing more"
		if i < len(want) {
			a = want[i]
		}
		if i < len(got) {
			b = got[i]
		}
		if a != b {
			return fmt.Sprintf("%s as its message %d", a, i+1), b, true
		}
	}
	return "", "", false
}

// hear plays a script alone and returns the peer's messages in words, and at the end
// how it ended the connection if it did so first.
func (p *Player) hear(ctx context.Context, s *oracle.Script, mask []*regexp.Regexp) (said []string, err error) {
	cs := &catalogue.Case{ID: "wscheck/vary", Roles: catalogue.AsClient, Script: *s, Dialect: oracle.DialectNone.Name, Quiet: true}
	r, err := p.playAlone(ctx, cs, p.Patience())
	if err != nil {
		return nil, err
	}
	if r.Died != "" {
		return []string{"that it died: " + r.Died}, nil
	}
	_, _, heard, err := messagesOf(r.Trace)
	if err != nil {
		return nil, err
	}
	for _, m := range heard {
		for _, re := range mask {
			m.Content = re.ReplaceAll(m.Content, []byte("…"))
		}
		said = append(said, fmt.Sprintf("%v %q", m.Opcode, m.Content))
	}
	if r.RFC.Outcome == oracle.Undecidable {
		said = append(said, "the end of the connection")
	}
	return said, nil
}
