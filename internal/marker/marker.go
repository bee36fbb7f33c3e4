// Package marker writes into the messages of one connection what is found again where it comes back on another.
package marker

import "bytes"

// A marker is [Size] decimal digits. A peer that alters some octets alone alters none
// of them, or all, so that what it does wrong shows with each marker alike.
const (
	Size = 16

	prefix   = "739"
	maxFound = 8
)

// Of returns the marker for a number. Numbers that are not the same modulo 10^13 have
// different markers.
func Of(n uint64) (m [Size]byte) {
	copy(m[:], prefix)
	for i := len(prefix); i < Size; i++ {
		m[i] = byte('0' + n%10)
		n /= 10
	}
	return m
}

// Finder looks for markers in the messages of a peer that are not what it should have
// sent.
type Finder struct {
	Found []string // at most eight
	tail  []byte   // of what was looked at last, in the same message
}

// Reset forgets all that was found.
func (s *Finder) Reset() { s.Found, s.tail = s.Found[:0], s.tail[:0] }

// Begin begins a message.
func (s *Finder) Begin() { s.tail = s.tail[:0] }

// Scan looks for markers in octets that continue where the ones before ended.
func (s *Finder) Scan(b []byte) {
	s.tail = append(s.tail, b[:min(len(b), Size-1)]...)
	if len(s.tail) >= Size {
		s.In(s.tail)
	}
	s.In(b)
	s.tail = s.tail[:max(0, len(s.tail)-min(len(b), Size-1))]
	s.Keep(b)
}

// Keep notes octets that are as they should be: a marker may begin in them.
func (s *Finder) Keep(b []byte) {
	s.tail = append(s.tail, b[max(0, len(b)-Size+1):]...)
	if over := len(s.tail) - Size + 1; over > 0 {
		s.tail = s.tail[:copy(s.tail, s.tail[over:])]
	}
}

// In looks for markers in octets that stand alone.
func (s *Finder) In(b []byte) {
	for len(s.Found) < maxFound {
		i := bytes.Index(b, []byte(prefix))
		if i < 0 || len(b)-i < Size {
			return
		}
		s.Found = append(s.Found, string(b[i:i+Size]))
		b = b[i+1:]
	}
}
