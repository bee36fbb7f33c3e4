package oracle

import "bytes"

// A tag is what a testing side writes into the messages of one connection, so that
// they are known where they come back on another: [TagSize] decimal digits. A peer
// that alters some octets alone alters none of them, or all: what it does wrong shows
// with each tag alike.
const (
	TagSize = 16

	tagMark  = "739"
	maxStray = 8
)

// Tag returns the tag for a number. Numbers that are not the same modulo 10^13 have
// different tags.
func Tag(n uint64) (tag [TagSize]byte) {
	copy(tag[:], tagMark)
	for i := len(tagMark); i < TagSize; i++ {
		tag[i] = byte('0' + n%10)
		n /= 10
	}
	return tag
}

// strays are the tags in what the peer sent that is not what it should have sent.
type strays struct {
	found []string
	tail  []byte // of what was looked at last, in the same message
}

func (s *strays) reset() { s.found, s.tail = s.found[:0], s.tail[:0] }

// begin begins a message.
func (s *strays) begin() { s.tail = s.tail[:0] }

// scan looks for tags in octets that go on where the ones before ended.
func (s *strays) scan(b []byte) {
	s.tail = append(s.tail, b[:min(len(b), TagSize-1)]...)
	if len(s.tail) >= TagSize {
		s.in(s.tail)
	}
	s.in(b)
	s.tail = s.tail[:max(0, len(s.tail)-min(len(b), TagSize-1))]
	s.keep(b)
}

// keep notes octets that are as they should be: a tag may begin in them.
func (s *strays) keep(b []byte) {
	s.tail = append(s.tail, b[max(0, len(b)-TagSize+1):]...)
	if over := len(s.tail) - TagSize + 1; over > 0 {
		s.tail = s.tail[:copy(s.tail, s.tail[over:])]
	}
}

func (s *strays) in(b []byte) {
	for len(s.found) < maxStray {
		i := bytes.Index(b, []byte(tagMark))
		if i < 0 || len(b)-i < TagSize {
			return
		}
		s.found = append(s.found, string(b[i:i+TagSize]))
		b = b[i+1:]
	}
}

// Strays returns what may be tags in messages and pongs of the peer that are none
// of those that it owes: at most eight.
func (j *Judge) Strays() []string { return j.strays.found }
