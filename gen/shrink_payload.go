package gen

import (
	"slices"
	"strings"

	"github.com/wscheck/wscheck/oracle"
)

// plainPayload makes the payload of a step short, and then plain.
func (z *shrinker) plainPayload(i int) {
	p := func() *oracle.Payload { return &z.best.Steps[i].Payload }
	if n := p().Size(); n > 0 && p().Source == "" {
		z.shorterPayload(i)
		if p().Size() > 0 {
			z.plainOctets(i)
		}
	}
	for len(z.best.Steps[i].Reason) > 0 && z.tryStep(i, halveReason) {
	}
}

// tryPayload tries a step with another payload.
func (z *shrinker) tryPayload(i int, p oracle.Payload) bool {
	return z.tryStep(i, func(s *oracle.Step) bool { s.Payload = p; return true })
}

// shorterPayload looks for the shortest payload: at the boundaries first, and
// then between the longest of them that does not do and the shortest that does;
// then octets are cut out.
func (z *shrinker) shorterPayload(i int) {
	whole := z.best.Steps[i].Payload
	low, high := -1, whole.Size()
	for _, n := range sizes {
		if n >= high {
			break
		}
		if z.tryPayload(i, prefix(whole, n)) {
			high = n
			break
		}
		low = n
	}
	for low+1 < high && z.left > 0 {
		if n := (low + high) / 2; z.tryPayload(i, prefix(whole, n)) {
			high = n
		} else {
			low = n
		}
	}
	z.cutOctets(i)
}

// prefix is the first octets of a payload.
func prefix(p oracle.Payload, n int) oracle.Payload {
	if n == 0 {
		return oracle.Payload{}
	}
	if p.Len > 0 && n > len(p.Data) {
		p.Len = n
		return p
	}
	return oracle.Payload{Data: p.Data[:n:n]}
}

// cutOctets leaves out octets of a payload that is spelt out: halves, quarters,
// and, of a few, each.
func (z *shrinker) cutOctets(i int) {
	const few = 64
	octets := z.best.Steps[i].Payload.Data
	if z.best.Steps[i].Payload.Len > 0 {
		return
	}
	for n := len(octets) / 2; n > 0; n /= 2 {
		if len(octets)/n > few {
			return
		}
		for at := 0; at < len(octets) && z.left > 0; {
			shorter := slices.Concat(octets[:at], octets[min(len(octets), at+n):])
			if z.tryPayload(i, literal(shorter)) {
				octets = shorter
			} else {
				at += n
			}
		}
	}
}

// plainOctets makes all octets of a payload asterisks, or else, of a few, as many
// as can be.
func (z *shrinker) plainOctets(i int) {
	const plain, few = '*', 16
	p := z.best.Steps[i].Payload
	if isAll(p.Data, plain) && (p.Len > 0) == (p.Size() > few) {
		return
	}
	all := oracle.Payload{Data: []byte{plain}, Len: p.Size()}
	if p.Size() <= few {
		all = oracle.Payload{Data: []byte(strings.Repeat(string(plain), p.Size()))}
	}
	if z.tryPayload(i, all) || p.Len > 0 || len(p.Data) > few {
		return
	}
	for at := range p.Data {
		octets := slices.Clone(z.best.Steps[i].Payload.Data)
		if octets[at] != plain {
			octets[at] = plain
			z.tryPayload(i, literal(octets))
		}
	}
}

func isAll(octets []byte, octet byte) bool {
	return !slices.ContainsFunc(octets, func(b byte) bool { return b != octet })
}

// halveReason halves the reason of a close frame.
func halveReason(s *oracle.Step) bool {
	s.Reason = s.Reason[:len(s.Reason)/2]
	return true
}
