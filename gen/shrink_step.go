package gen

import (
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// plainStep undoes what is out of the ordinary in a step, one thing after the
// other.
func (z *shrinker) plainStep(i int) {
	for _, alter := range simplifications {
		z.tryStep(i, alter)
	}
	for z.tryStep(i, fewerTimes) {
	}
	for z.tryStep(i, lessTime) {
	}
}

// simplifications each make one thing plain in a step, and report whether there
// was anything to do.
var simplifications = []func(*oracle.Step) bool{
	// A message that no engine has to cut or compress is a frame.
	func(s *oracle.Step) bool {
		if s.Kind != oracle.StepMessage && s.Kind != oracle.StepEcho {
			return false
		}
		*s = oracle.Step{Frame: wsproto.Header{Fin: true, Opcode: s.Frame.Opcode}, Payload: s.Payload, Masking: s.Masking, Chop: s.Chop, Sync: s.Sync}
		return true
	},
	func(s *oracle.Step) bool {
		if s.Kind != oracle.StepEcho {
			return false
		}
		s.Kind, s.Count = oracle.StepMessage, 0
		return true
	},
	func(s *oracle.Step) bool { return unset(&s.Sync) },
	func(s *oracle.Step) bool { return unset(&s.Chop) },
	func(s *oracle.Step) bool { return unset(&s.Fragment) },
	func(s *oracle.Step) bool { return unset(&s.Plain) },
	func(s *oracle.Step) bool { return unset(&s.Tag) },
	func(s *oracle.Step) bool { return unset(&s.Reason) },
	func(s *oracle.Step) bool {
		if s.Masking == oracle.MaskByRole {
			return false
		}
		s.Masking, s.Frame.Mask = oracle.MaskByRole, [4]byte{}
		return true
	},
	func(s *oracle.Step) bool { return unset(&s.Frame.Form) },
	func(s *oracle.Step) bool { s.Declared = 0; return unset(&s.HasDeclared) },
	func(s *oracle.Step) bool { return unset(&s.Frame.Rsv) },
	func(s *oracle.Step) bool {
		lowest := s.Frame.Rsv & -s.Frame.Rsv
		s.Frame.Rsv &^= lowest
		return lowest != 0 && s.Frame.Rsv != 0
	},
	func(s *oracle.Step) bool {
		if s.Kind != oracle.StepFrame || s.Frame.Fin {
			return false
		}
		s.Frame.Fin = true
		return true
	},
	// Text shows the most to people.
	func(s *oracle.Step) bool {
		if s.Frame.Opcode != wsproto.OpBinary {
			return false
		}
		s.Frame.Opcode = wsproto.OpText
		return true
	},
	func(s *oracle.Step) bool {
		if s.Kind != oracle.StepClose || s.Code == 0 || s.Code == wsproto.CloseNormal {
			return false
		}
		s.Code = wsproto.CloseNormal
		return true
	},
	func(s *oracle.Step) bool { s.Reason = ""; return unset(&s.Code) },
	// Larger fragments are fewer.
	func(s *oracle.Step) bool {
		n := s.Payload.Size()
		if s.Fragment == 0 || s.Fragment >= (n+1)/2 {
			return false
		}
		s.Fragment = (n + 1) / 2
		return true
	},
}

// unset makes a value zero, and reports whether it was not.
func unset[T comparable](v *T) bool {
	var zero T
	changed := *v != zero
	*v = zero
	return changed
}

// fewerTimes halves a count.
func fewerTimes(s *oracle.Step) bool {
	if s.Count < 2 {
		return false
	}
	s.Count /= 2
	return true
}

// lessTime halves a wait that is not the wait for something.
func lessTime(s *oracle.Step) bool {
	if s.Kind == oracle.StepAwait || s.Kind == oracle.StepEcho || s.Timeout < 2*time.Millisecond {
		return false
	}
	s.Timeout = (s.Timeout / 2).Truncate(time.Millisecond)
	return true
}
