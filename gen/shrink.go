package gen

import (
	"slices"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Shrink returns a script that is simpler than s and shows the same, or s itself.
// keeps plays a script and reports whether it still does: commonly, whether the
// peer breaks the same clause. It is called at most budget times, with scripts
// that are its own to keep, and what it is called with depends on s and on its
// answers alone. s is taken to show what it shows, and is not changed.
//
// In its order: the end becomes plain, since others may take their time; steps are
// dropped, half of them first; the opening handshake becomes plain; fragments are joined, and chops and waits undone;
// payloads are cut and made plain. All that is done again until nothing more
// helps.
func Shrink(s *oracle.Script, keeps func(*oracle.Script) bool, budget int) *oracle.Script {
	z := &shrinker{best: s, keeps: keeps, left: budget}
	for again := true; again && z.left > 0; {
		before := z.best
		z.plainEnd()
		z.dropSteps()
		z.plainOpening()
		z.joinFrames()
		for i := 0; i < len(z.best.Steps) && z.left > 0; i++ {
			z.plainStep(i)
			z.plainPayload(i)
		}
		again = z.best != before
	}
	return z.best
}

// shrinker tries scripts, each simpler than the one before that was kept.
type shrinker struct {
	best  *oracle.Script
	keeps func(*oracle.Script) bool
	left  int // calls of keeps
}

// try takes a script if it shows what the best one does.
func (z *shrinker) try(s *oracle.Script) bool {
	if z.left <= 0 {
		return false
	}
	z.left--
	if !z.keeps(s) {
		return false
	}
	z.best = s
	return true
}

// trySteps tries the best script with other steps.
func (z *shrinker) trySteps(steps []oracle.Step) bool {
	s := *z.best
	s.Steps = steps
	return z.try(&s)
}

// tryStep tries the best script with its step i altered, where alter changes
// anything.
func (z *shrinker) tryStep(i int, alter func(*oracle.Step) bool) bool {
	step := z.best.Steps[i]
	if z.left <= 0 || !alter(&step) {
		return false
	}
	steps := slices.Clone(z.best.Steps)
	steps[i] = step
	return z.trySteps(steps)
}

// dropSteps leaves out as many steps as it can: all, halves, quarters and so on
// down to single ones, the last first.
func (z *shrinker) dropSteps() {
	for n := len(z.best.Steps); n > 0; n /= 2 {
		for end := len(z.best.Steps); end > 0; end -= n {
			if z.left <= 0 {
				return
			}
			end = min(end, len(z.best.Steps))
			z.trySteps(slices.Concat(z.best.Steps[:max(0, end-n)], z.best.Steps[end:]))
		}
	}
}

// plainEnd ends the script as most are: also in the place of a closing handshake
// or of a wait for the end that are its last step.
func (z *shrinker) plainEnd() {
	if z.best.End == oracle.EndClose {
		return
	}
	s := *z.best
	s.End = oracle.EndClose
	if z.try(&s) || len(s.Steps) == 0 {
		return
	}
	switch last := &s.Steps[len(s.Steps)-1]; last.Kind {
	case oracle.StepClose, oracle.StepAwait, oracle.StepShutdown, oracle.StepReset, oracle.StepDrop:
		s := s
		s.Steps = slices.Clone(s.Steps[:len(s.Steps)-1])
		z.try(&s)
	}
}

// joinFrames makes one frame of two where the second continues the first: a
// continuation, or the rest of its octets.
func (z *shrinker) joinFrames() {
	for i := 0; i+1 < len(z.best.Steps) && z.left > 0; {
		joined, ok := join(&z.best.Steps[i], &z.best.Steps[i+1])
		if !ok || !z.trySteps(slices.Concat(z.best.Steps[:i], []oracle.Step{joined}, z.best.Steps[i+2:])) {
			i++
		}
	}
}

// join returns one frame instead of two steps, where that can be.
func join(a, b *oracle.Step) (oracle.Step, bool) {
	joined := *a
	switch {
	case a.Kind != oracle.StepFrame || a.Payload.Size()+b.Payload.Size() > maxJoined || a.Payload.Source != "" || b.Payload.Source != "":
		return joined, false
	case b.Kind == oracle.StepFrameData && a.HasDeclared:
		joined.HasDeclared, joined.Declared = false, 0
	case b.Kind == oracle.StepFrame && b.Frame.Opcode == wsproto.OpContinuation && !a.Frame.Fin && a.Frame.Opcode.IsData():
		joined.Frame.Fin = b.Frame.Fin
		joined.Frame.Rsv |= b.Frame.Rsv
	default:
		return joined, false
	}
	octets := a.Payload.AppendRange(nil, 0, a.Payload.Size())
	joined.Payload = literal(b.Payload.AppendRange(octets, 0, b.Payload.Size()))
	return joined, true
}

// maxJoined bounds the octets that are put together for one frame.
const maxJoined = 1 << 17
