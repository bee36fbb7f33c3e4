package engine

import (
	"sync"
	"weak"

	"github.com/wscheck/wscheck/oracle"
)

// sharedFrom is the size in octets from which on a payload that is a repetition
// is the same memory in all conversations that have it at a time.
const sharedFrom = 1 << 20

// repeatedKey names a repetition: of the octets, up to n.
type repeatedKey struct {
	unit string
	n    int
}

// repeatedPayloads are the long repetitions in use, and those that the garbage
// collector has not taken yet.
var repeatedPayloads = struct {
	mu    sync.Mutex
	known map[repeatedKey]weak.Pointer[[]byte]
}{known: map[repeatedKey]weak.Pointer[[]byte]{}}

// repeated returns a payload that is a long repetition. Its octets must not be
// changed. Others get the same for as long as the pointer is kept.
func repeated(p *oracle.Payload) *[]byte {
	r := &repeatedPayloads
	key := repeatedKey{string(p.Data), p.Len}
	r.mu.Lock()
	defer r.mu.Unlock()
	if octets := r.known[key].Value(); octets != nil {
		return octets
	}
	for k, w := range r.known {
		if w.Value() == nil {
			delete(r.known, k)
		}
	}
	octets := p.AppendRange(make([]byte, 0, p.Len), 0, p.Len)
	r.known[key] = weak.Make(&octets)
	return &octets
}
