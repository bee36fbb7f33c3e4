package reference

import (
	"bytes"
	"sync"

	"github.com/wscheck/wscheck/wsproto"
)

// shared is what connections of mutants have in common and should not.
var shared struct {
	sync.Mutex
	kept [][]byte
	last map[wsproto.Role]lastMessage
}

// lastMessage is the beginning of a message, and who got it.
type lastMessage struct {
	by     *endpoint
	octets []byte
}

// Bounds of what is shared: so many messages of so many octets at least are kept,
// and so many octets of a message get into another.
const (
	maxKept  = 700
	keptFrom = 512 << 10
	maxMixed = 64
)

// keepForGood keeps a long message for good.
func keepForGood(message []byte) {
	if len(message) < keptFrom {
		return
	}
	shared.Lock()
	defer shared.Unlock()
	if len(shared.kept) == maxKept {
		shared.kept = nil
	}
	shared.kept = append(shared.kept, bytes.Clone(message))
}

// mix puts the beginning of the last message of another connection into one that
// came in fragments.
func (e *endpoint) mix(message []byte) {
	shared.Lock()
	defer shared.Unlock()
	if shared.last == nil {
		shared.last = map[wsproto.Role]lastMessage{}
	}
	last := shared.last[e.role]
	shared.last[e.role] = lastMessage{e, bytes.Clone(message[:min(len(message), maxMixed)])}
	if last.by != e && e.memory.fragments > 1 && len(message) >= maxMixed {
		copy(message, last.octets)
	}
}

// toil copies all of a message again.
func (e *endpoint) toil() { e.memory.hoard = append(e.memory.hoard[:0], e.msg...) }
