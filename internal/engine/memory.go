package engine

import (
	"math/rand/v2"
	"sync"
	"weak"

	"github.com/wscheck/wscheck/internal/recorder"
	"github.com/wscheck/wscheck/oracle"
)

// reusable is what one conversation leaves to another.
type reusable struct {
	endpoint endpoint // of a conversation whose record is not kept
	opening  openingHandshake
	openings openingMemo
	recorder recorder.Recorder
	queue    sendQueue

	pcg, keyPCG rand.PCG
	rng         *rand.Rand // by pcg
	keys        *rand.Rand // by keyPCG: masking keys of the script, which depend on the case alone

	free    [][]byte // buffers for octets that are sent
	handed  [][]byte // those that the link has
	scratch []byte   // the payload that was made last
	marked  []byte   // the payload that was tagged last
	early   []byte   // frames that came with the response, not yet looked at
	ping    [12]byte // the payload of the last probe
}

func newReusable() *reusable {
	m := new(reusable)
	m.rng, m.keys = rand.New(&m.pcg), rand.New(&m.keyPCG)
	return m
}

// sendBatch is how many octets are gathered before they are written.
const sendBatch = 64 << 10

// Bounds of the buffers for what is sent.
const (
	maxBuffers = 16
	maxBuffer  = 2 * sendBatch
)

// buffer returns an empty buffer for what is to be sent.
func (m *reusable) buffer() []byte {
	n := len(m.free)
	if n == 0 {
		return nil
	}
	b := m.free[n-1]
	m.free = m.free[:n-1]
	return b
}

// hand notes that a link has the buffer b for as long as the conversation lasts.
func (m *reusable) hand(b []byte) {
	if len(m.handed) < maxBuffers && cap(b) <= maxBuffer {
		m.handed = append(m.handed, b[:0])
	}
}

// sendOp is octets that are written in one go, or in pieces of chop octets.
type sendOp struct {
	data  []byte
	chop  int
	apart bool // nothing is added to it

	answers bool // nothing but pongs: no wait begins anew when they leave
}

// sendQueue are the operations that wait to be written, in order. It keeps its
// memory.
type sendQueue struct {
	ops   []sendOp
	first int // of ops that is not taken yet
}

func (q *sendQueue) empty() bool { return q.first == len(q.ops) }

// answer notes that all of them are pongs.
func (q *sendQueue) answer() {
	for i := range q.ops[q.first:] {
		q.ops[q.first+i].answers = true
	}
}

func (q *sendQueue) push(op sendOp) { q.ops = append(q.ops, op) }

// last returns the operation that was pushed last, and nil if there is none.
func (q *sendQueue) last() *sendOp {
	if q.empty() {
		return nil
	}
	return &q.ops[len(q.ops)-1]
}

// take takes the first operation, which there has to be.
func (q *sendQueue) take() sendOp {
	op := q.ops[q.first]
	q.ops[q.first] = sendOp{}
	if q.first++; q.first == len(q.ops) {
		q.ops, q.first = q.ops[:0], 0
	}
	return op
}

func (q *sendQueue) clear() {
	clear(q.ops)
	q.ops, q.first = q.ops[:0], 0
}

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
