package engine

import (
	"math/rand/v2"
	"sync"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/recorder"
)

// memory is what one conversation leaves to another: in a bubble, what it costs
// to take and to give back would be a good part of a short conversation.
type memory struct {
	conversation conversation
	endpoint     autobahn.Endpoint // of a conversation of which no record is kept
	opening      opening
	openings     openingMemo
	recorder     recorder.Recorder
	queue        sendQueue

	pcg rand.PCG
	rng *rand.Rand // by pcg

	free    [][]byte // buffers for octets that are sent
	handed  [][]byte // those that the link has
	scratch []byte   // the payload that was made last
	marked  []byte   // the payload that was tagged last
	early   []byte   // frames that came with the response, not yet looked at
	ping    [12]byte // the payload of the last probe
}

var memories = sync.Pool{New: func() any {
	m := new(memory)
	m.rng = rand.New(&m.pcg)
	return m
}}

// Bounds of the buffers for what is sent.
const (
	maxBuffers = 16
	maxBuffer  = 2 * sendBatch
)

// buffer returns an empty buffer for what is to be sent.
func (m *memory) buffer() []byte {
	n := len(m.free)
	if n == 0 {
		return nil
	}
	b := m.free[n-1]
	m.free = m.free[:n-1]
	return b
}

// hand notes that a link has the buffer b for as long as the conversation lasts.
func (m *memory) hand(b []byte) {
	if len(m.handed) < maxBuffers && cap(b) <= maxBuffer {
		m.handed = append(m.handed, b[:0])
	}
}

// release ends the use of a conversation, all of whose peer's goroutines have
// ended, and gives its memory to others. The trace is given too, unless it is
// kept.
func (c *conversation) release(keepTrace bool) {
	m := c.memory
	for _, b := range m.handed {
		if len(m.free) < maxBuffers {
			m.free = append(m.free, b)
		}
	}
	clear(m.handed)
	m.handed = m.handed[:0]
	m.queue.clear()
	if cap(m.scratch) > maxBuffer {
		m.scratch = nil
	}
	if cap(m.marked) > maxBuffer {
		m.marked = nil
	}
	if keepTrace {
		m.recorder = recorder.Recorder{}
	}
	m.conversation = conversation{}
	m.early = m.early[:0]
	memories.Put(m)
}
