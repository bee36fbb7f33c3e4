package gen

import (
	"math/rand/v2"
	"slices"

	"github.com/wscheck/wscheck/oracle"
)

// Bounds of what is varied: steps, and octets of payloads.
const (
	maxVaried       = 48
	maxVariedOctets = 1 << 17
)

// Vary returns a variation of a script: with steps put in, left out, repeated or
// moved, payloads of other sizes and contents, other pieces and headers, a mistake
// of the catalogue of mistakes, the beginning or the end of another, or several of
// these. other is asked for a script of the same role to take from. Neither script
// is changed. The same state of rng gives the same variation.
func Vary(rng *rand.Rand, s *oracle.Script, other func() *oracle.Script) *oracle.Script {
	v := variation{rng: rng, Script: *s, other: other}
	v.Steps = slices.Clone(s.Steps)
	for range 1 + rng.IntN(3) {
		variations[rng.IntN(len(variations))](&v)
	}
	v.tidy()
	return &v.Script
}

// variation is a script that is being varied.
type variation struct {
	oracle.Script
	rng   *rand.Rand
	other func() *oracle.Script
}

// variations each change something, or nothing where there is nothing to change.
var variations = weighted([]choice[func(*variation)]{
	{4, (*variation).mistake},
	{4, (*variation).insert},
	{3, (*variation).remove},
	{2, (*variation).repeat},
	{2, (*variation).swap},
	{2, (*variation).splice},
	{3, (*variation).resize},
	{3, (*variation).rewrite},
	{2, (*variation).reheader},
	{2, (*variation).begin},
	{1, (*variation).finish},
	{1, (*variation).later},
})

// at draws a place in the script, and reports whether there is any.
func (v *variation) at() (i int, ok bool) {
	if len(v.Steps) == 0 {
		return 0, false
	}
	return v.rng.IntN(len(v.Steps)), true
}

// draft is a conversation of the script's opening handshake that has no steps yet.
func (v *variation) draft() *draft {
	t := &draft{d: randomDraws{v.rng}, role: v.Role, script: &oracle.Script{Role: v.Role, End: v.End}, ext: &extensions[v.Role]().all[0]}
	for _, e := range agreements[v.Role]() {
		if slices.Equal(e.Offers, v.Handshake.Offers) {
			t.ext = e
			break
		}
	}
	return t
}

func (v *variation) put(i int, steps []oracle.Step) {
	if len(v.Steps)+len(steps) <= maxVaried {
		v.Steps = slices.Insert(v.Steps, i, steps...)
	}
}

// mistake puts in something wrong, and what follows it.
func (v *variation) mistake() {
	t := v.draft()
	makeMistake(t)
	t.react()
	v.put(v.rng.IntN(len(v.Steps)+1), t.script.Steps)
}

// insert puts in something legal.
func (v *variation) insert() {
	t := v.draft()
	t.act()
	v.put(v.rng.IntN(len(v.Steps)+1), t.script.Steps)
}

func (v *variation) remove() {
	if i, ok := v.at(); ok {
		n := 1 + v.rng.IntN(min(3, len(v.Steps)-i))
		v.Steps = slices.Delete(v.Steps, i, i+n)
	}
}

// repeat has some steps taken again, at once or later.
func (v *variation) repeat() {
	if i, ok := v.at(); ok {
		n := 1 + v.rng.IntN(min(3, len(v.Steps)-i))
		v.put(i+v.rng.IntN(len(v.Steps)-i+1), slices.Clone(v.Steps[i:i+n]))
	}
}

func (v *variation) swap() {
	i, ok := v.at()
	j, _ := v.at()
	if ok {
		v.Steps[i], v.Steps[j] = v.Steps[j], v.Steps[i]
	}
}

// splice continues as another script does.
func (v *variation) splice() {
	o := v.other()
	i, j := v.rng.IntN(len(v.Steps)+1), v.rng.IntN(len(o.Steps)+1)
	tail := o.Steps[j:min(len(o.Steps), j+max(0, maxVaried-i))]
	v.Steps, v.End = slices.Concat(v.Steps[:i], tail), o.End
}

// writes draws a step that sends a payload.
func (v *variation) writes() *oracle.Step {
	i, ok := v.at()
	if !ok {
		return nil
	}
	switch s := &v.Steps[i]; s.Kind {
	case oracle.StepFrame, oracle.StepMessage, oracle.StepEcho, oracle.StepFrameData, oracle.StepRaw:
		return s
	}
	return nil
}

// resize gives a step another payload.
func (v *variation) resize() {
	s := v.writes()
	if s == nil || s.Kind == oracle.StepRaw {
		return
	}
	t := v.draft()
	n := t.size()
	if s.Frame.Opcode.IsControl() && v.rng.IntN(4) > 0 {
		n = min(n, maxControl)
	}
	s.Payload, s.Fragment = t.payload(s.Frame.Opcode, n), min(s.Fragment, max(n, 1))
}

// rewrite has a step written in other pieces, or in other fragments.
func (v *variation) rewrite() {
	s := v.writes()
	if s == nil {
		return
	}
	n := s.Payload.Size()
	switch v.rng.IntN(4) {
	case 0:
		s.Sync = !s.Sync
	case 1:
		if s.Kind == oracle.StepMessage && n > 0 {
			s.Fragment = max(1, n/(1+v.rng.IntN(6)), n/maxPieces)
			return
		}
		fallthrough
	default:
		s.Chop = max(1+v.rng.IntN(5), n/8)
	}
}

// reheader changes one thing in the header of a frame.
func (v *variation) reheader() {
	s := v.writes()
	if s == nil || s.Kind != oracle.StepFrame {
		return
	}
	h := &s.Frame
	switch v.rng.IntN(6) {
	case 0:
		h.Fin = !h.Fin
	case 1:
		h.Rsv ^= 1 << v.rng.IntN(3)
	case 2:
		h.Opcode ^= 1 << v.rng.IntN(4)
	case 3:
		h.Form = ways[v.rng.IntN(len(ways))].form
	case 4:
		w := &ways[v.rng.IntN(len(ways))]
		s.Masking, h.Mask = w.maskingOf(v.Role), w.key
	case 5:
		s.Declared, s.HasDeclared = lengths[v.rng.IntN(len(lengths))](uint64(s.Payload.Size())), true
	}
}

// begin makes the opening handshake of another script.
func (v *variation) begin() {
	if v.rng.IntN(2) == 0 {
		v.Handshake = v.other().Handshake
		return
	}
	t := v.draft()
	t.open(v.rng.IntN(3) == 0)
	v.Handshake = t.script.Handshake
}

// finish draws another end.
func (v *variation) finish() {
	t := v.draft()
	t.end()
	v.End = t.script.End
	v.put(len(v.Steps), t.script.Steps)
}

// later has the rest of the script come after much that is right.
func (v *variation) later() {
	t := v.draft()
	messages, pings := runUp(t)
	i := v.rng.IntN(len(v.Steps) + 1)
	putOff(v.Steps[i:], messages, pings)
	v.put(i, t.script.Steps)
}

// tidy makes waits possible that were not before, and bounds the octets: nobody
// waits for more than was asked for.
func (v *variation) tidy() {
	messages, pings, octets := 0, 0, 0
	kept := v.Steps[:0]
	for i := range v.Steps {
		s := v.Steps[i]
		n := s.Payload.Size()
		if s.Kind == oracle.StepEcho {
			n *= max(1, s.Count)
		}
		if octets += n; octets > maxVariedOctets {
			octets -= n
			continue
		}
		switch s.Kind {
		case oracle.StepMessage:
			messages++
		case oracle.StepEcho:
			messages += s.Count
		case oracle.StepRaw:
			messages, pings = messages+1, pings+1 // or any number
		case oracle.StepFrame:
			if s.Frame.Opcode.IsControl() {
				pings++
			} else if s.Frame.Fin {
				messages++
			}
		case oracle.StepAwait:
			switch s.Until {
			case oracle.AwaitMessage:
				s.Count = min(s.Count, messages)
			case oracle.AwaitPong:
				s.Count = min(s.Count, pings)
			default:
				kept = append(kept, s)
				continue
			}
			if s.Count == 0 {
				continue
			}
		}
		kept = append(kept, s)
	}
	v.Steps = kept
}
