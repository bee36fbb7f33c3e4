package catalogue

import (
	"hash/fnv"
	"slices"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/internal/dialect"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Bounds of what is made of a case for a dialect other than the echo.
const (
	longestCarrier = 1 << 20  // octets of a message that is made another one
	plainFrom      = 64 << 10 // from which on the content of a message does not matter
	dialectLoop    = 20       // messages of a loop
	dialectOctets  = 256 << 10
)

// In returns the case for a peer of a dialect, where our side plays that role. With
// an echo it is the case itself.
//
// Else a message that only carries something is replaced by one of the dialect, in
// the same frames, chops and masks, and what is awaited is the answer; a message
// that is wrong in itself stays as it is. Where the dialect has no such message, a
// ping and its pong stand for the echo. Autobahn's expectation is of an echo, and
// does not hold.
func (c *Case) In(d *oracle.Dialect, role wsproto.Role) *Case {
	if d.Echoes() || c.Dialect == d.Name {
		return c
	}
	in := c.inDialect(d, role, 0)
	for number := range c.Beside {
		in.companions = append(in.companions, c.inDialect(d, role, uint64(number)+1))
	}
	return in
}

// Companion returns the case as the connection of that number has it, from 0 on, of those
// besides its own. In a dialect each has other counters and nonces: a peer that takes
// them for the name of a session ends the older of two that have the same.
func (c *Case) Companion(number int) *Case {
	if number < len(c.companions) {
		return c.companions[number]
	}
	return c
}

// inDialect is [Case.In] for the connection of that number, of those side by side.
func (c *Case) inDialect(d *oracle.Dialect, role wsproto.Role, number uint64) *Case {
	in := *c
	in.Dialect, in.Autobahn = d.Name, nil
	w := rewriting{role: role, speech: d.Of(role), steps: c.Script.Steps, quiet: c.Quiet || hasRaw(c.Script.Steps)}
	h := fnv.New64a()
	h.Write([]byte(c.ID))
	w.seed = h.Sum64() + number*0x2545f4914f6cdd1d
	if c.Autobahn != nil {
		w.steps = slices.DeleteFunc(slices.Clone(w.steps), func(s oracle.Step) bool {
			return s.Kind == oracle.StepFailAfter || s.Kind == oracle.StepCloseAfter
		})
		if c.Autobahn.NoCloseWhenDone {
			in.Script.End = oracle.EndAwait
		}
	}
	if hs := &c.Script.Handshake; w.speech != nil && (hs.WithFrames || hs.Refused) {
		w.speech = nil // there is no connection that could be made ready
	}
	w.scratch = scratches.Get().(*[]byte)
	if c.Act != nil {
		act := *c.Act
		w.act, w.acts = &act, &w.steps[act.Before]
		in.Act = &act
	}
	in.Script.Steps = w.all()
	scratches.Put(w.scratch)
	if c.Autobahn != nil && !w.closed && w.asked() {
		in.Script.Steps = append(in.Script.Steps, w.answered()) // what the expectation was for
	}
	return &in
}

// scratches are octets of messages whose dialect is changed.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

// OnlyEcho reports whether the case is about nothing but what comes back.
func (c *Case) OnlyEcho() bool {
	return len(c.Clauses) > 0 && !slices.ContainsFunc(c.Clauses, func(id oracle.ClauseID) bool {
		return !strings.HasPrefix(string(id), "wscheck/echo-")
	})
}

// hasRaw reports whether a script sends octets whose frames are not known: a ping
// of ours could be in the middle of one.
func hasRaw(steps []oracle.Step) bool {
	return slices.ContainsFunc(steps, func(s oracle.Step) bool {
		return s.Kind == oracle.StepRaw || s.Kind == oracle.StepFrameData || s.HasDeclared
	})
}

// rewriting makes the steps of a case those for a dialect.
type rewriting struct {
	role   wsproto.Role
	speech *dialect.Speech // nil: nothing is known of what the peer answers
	quiet  bool            // no frames are added
	seed   uint64
	steps  []oracle.Step
	out    []oracle.Step

	scratch  *[]byte
	act      *Act         // nil for none
	acts     *oracle.Step // before which the peer acts
	messages int          // made so far
	expected int          // answers
	after    []int        // answers that are expected after each message of the script
	pings    int
	closed   bool
}

func (w *rewriting) all() []oracle.Step {
	room := len(w.steps) + 2 // a question may want to be added, and its answer
	if w.speech != nil {
		room += len(w.speech.Ready)
	}
	w.out = make([]oracle.Step, 0, room)
	w.ready()
	for i := 0; i < len(w.steps); {
		s := &w.steps[i]
		w.reach(s)
		switch {
		case s.Kind == oracle.StepEcho:
			w.loop(s)
		case s.Kind == oracle.StepMessage:
			w.message(s)
		case s.Kind == oracle.StepFrame && s.Frame.Opcode.IsData() && s.Frame.Opcode != wsproto.OpContinuation:
			if n := w.frames(w.steps[i:]); n > 0 {
				i += n
				continue
			}
			w.add(*s)
			w.after = append(w.after, w.expected)
		case s.Kind == oracle.StepAwait && s.Until == oracle.AwaitMessage:
			w.await(s, i == len(w.steps)-1)
		case s.Kind == oracle.StepAwait && s.Until == oracle.AwaitPong:
			awaited := *s
			awaited.Count = max(1, s.Count) + w.pings - pingsIn(w.steps[:i])
			w.add(awaited)
		default:
			w.add(*s)
		}
		i++
	}
	return w.out
}

// reach notes where the peer acts, where that is before this step of the script.
func (w *rewriting) reach(s *oracle.Step) {
	if s == w.acts {
		w.act.Before = len(w.out)
	}
}

// pingsIn counts the pings among the steps.
func pingsIn(steps []oracle.Step) (n int) {
	for i := range steps {
		if steps[i].Kind == oracle.StepFrame && steps[i].Frame.Opcode == wsproto.OpPing {
			n++
		}
	}
	return n
}

func (w *rewriting) add(s oracle.Step) {
	switch {
	case s.Kind == oracle.StepFrame && s.Frame.Opcode == wsproto.OpPing:
		w.pings++
	case s.Kind == oracle.StepClose, s.Kind == oracle.StepFrame && s.Frame.Opcode == wsproto.OpClose:
		w.closed = true
	}
	w.out = append(w.out, s)
}

// ready has the connection made ready.
func (w *rewriting) ready() {
	if w.speech == nil {
		return
	}
	for i := range w.speech.Ready {
		r := &w.speech.Ready[i]
		if r.Heard {
			w.expected++
			w.add(w.answered())
			continue
		}
		s := message(r.Opcode, literal(string(r.AppendTo(nil, w.values()))), 0)
		s.Plain = true
		w.add(s)
	}
}

// asked reports whether there is a question whose answer is not awaited yet.
func (w *rewriting) asked() bool {
	awaited := 0
	for i := range w.out {
		if w.out[i].Until == oracle.AwaitAnswer && w.out[i].Kind == oracle.StepAwait {
			awaited = max(awaited, w.out[i].Count)
		}
	}
	return w.expected > awaited
}

// answered awaits all answers that are expected by now.
func (w *rewriting) answered() oracle.Step {
	return oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitAnswer, Count: w.expected, Timeout: patience}
}

// values are those of the next message.
func (w *rewriting) values() *dialect.Values {
	w.messages++
	n := w.seed + uint64(w.messages)*0x9e3779b97f4a7c15
	var nonce [8]byte
	for i := range nonce {
		nonce[i] = 'a' + byte(n%26)
		n /= 26
	}
	return &dialect.Values{Counter: int(w.seed%1000)*100 + w.messages, Nonce: string(nonce[:])}
}

// await awaits an answer in the place of a message, or the pong to a ping of ours.
func (w *rewriting) await(s *oracle.Step, last bool) {
	before := 0
	if n := min(max(1, s.Count), len(w.after)); n > 0 {
		before = w.after[n-1]
	}
	hears := 0
	if w.speech != nil {
		for i := range w.speech.Ready {
			if w.speech.Ready[i].Heard {
				hears++
			}
		}
	}
	switch {
	case before > hears:
		awaited := *s
		awaited.Until, awaited.Count = oracle.AwaitAnswer, before
		w.add(awaited)
	case last || w.quiet || w.closed:
	default:
		w.add(whole(wsproto.OpPing, literal("wscheck "+string(w.values().Nonce))))
		awaited := *s
		awaited.Until, awaited.Count = oracle.AwaitPong, w.pings
		w.add(awaited)
	}
}

// loop sends the messages of a loop, each after the answer to the one before.
func (w *rewriting) loop(s *oracle.Step) {
	one := *s
	one.Kind, one.Count, one.Timeout = oracle.StepMessage, 0, 0
	most := min(s.Count, dialectLoop, 1+dialectOctets/max(1, s.Payload.Size()))
	for range most {
		expected := w.expected
		w.message(&one)
		if w.expected > expected {
			w.add(w.answered())
		}
		if one.Payload.Source != "" {
			one.Payload.Offset += one.Payload.Len
		}
	}
}

// message makes a whole message one of the dialect.
func (w *rewriting) message(s *oracle.Step) {
	m := *s
	content := w.content(func(yield func(*oracle.Payload) bool) { yield(&m.Payload) }, m.Payload.Size())
	carrier, made := w.carrier(m.Frame.Opcode, content, m.Payload.Size())
	if made {
		m.Frame.Opcode, m.Payload = carrier.op, oracle.Payload{Data: carrier.octets}
	}
	w.add(m)
	w.sent(carrier, made)
}

// sent notes that a message is complete.
func (w *rewriting) sent(c carrier, made bool) {
	if made && c.asks {
		w.expected++
	}
	w.after = append(w.after, w.expected)
	if !made || c.asks || w.quiet || w.closed {
		return
	}
	// It is not answered itself: a question after it is, if it arrived whole.
	ask := &w.speech.Exchanges[0].Ask
	v := w.values()
	v.Filling = ask.Filling(nil, 0)
	w.add(message(ask.Opcode, literal(string(ask.AppendTo(nil, v))), 0))
	w.expected++
	w.after[len(w.after)-1] = w.expected
}

// frames makes a message whose frames begin the steps one of the dialect. It
// returns how many steps it took: none where the message stays as it is.
func (w *rewriting) frames(steps []oracle.Step) (taken int) {
	var parts []int // the frames of the message
	size, end := 0, false
	for i := range steps {
		s := &steps[i]
		if s.Kind != oracle.StepFrame {
			if s.Kind == oracle.StepRaw || s.Kind == oracle.StepFrameData || s.Kind == oracle.StepMessage || s.Kind == oracle.StepEcho {
				return 0
			}
			continue
		}
		op := s.Frame.Opcode
		if op.IsControl() && !op.IsReserved() {
			continue
		}
		if s.Frame.Rsv != 0 || s.HasDeclared || op.IsReserved() || (op == wsproto.OpContinuation) != (len(parts) > 0) {
			return 0
		}
		parts = append(parts, i)
		size += s.Payload.Size()
		if end = s.Frame.Fin; end {
			taken = i + 1
			break
		}
	}
	if !end {
		return 0
	}
	payloads := func(yield func(*oracle.Payload) bool) {
		for _, i := range parts {
			if !yield(&steps[i].Payload) {
				return
			}
		}
	}
	carrier, made := w.carrier(steps[0].Frame.Opcode, w.content(payloads, size), size)
	if !made {
		return 0
	}
	sizes := make([]int, 0, len(parts))
	for p := range payloads {
		sizes = append(sizes, p.Size())
	}
	share(sizes, size, len(carrier.octets))
	next := 0
	for i := range steps[:taken] {
		w.reach(&steps[i])
		s := steps[i]
		if next < len(parts) && parts[next] == i {
			if next == 0 {
				s.Frame.Opcode = carrier.op
			}
			s.Payload = oracle.Payload{Data: carrier.octets[:sizes[next]:sizes[next]]}
			carrier.octets = carrier.octets[sizes[next]:]
			next++
		}
		switch {
		case s.Kind == oracle.StepAwait && s.Until == oracle.AwaitMessage:
			w.await(&s, false)
		case s.Kind == oracle.StepAwait && s.Until == oracle.AwaitPong:
			s.Count = max(1, s.Count) + w.pings - pingsIn(steps[:i])
			w.add(s)
		default:
			w.add(s)
		}
	}
	w.sent(carrier, true)
	return taken
}
