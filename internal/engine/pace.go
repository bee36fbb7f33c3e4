package engine

import (
	"math/bits"
	"slices"
	"sync"
	"time"
)

// pace is how fast a peer has been seen to read, at best. One that reads an octet in two
// milliseconds conforms too, and has a right to the time that this takes: its silence proves
// nothing before.
type pace struct {
	mu   sync.Mutex
	best [bits.UintSize + 1]float64 // octets in a second, by the length in bits of how many octets it read
}

// similar is by how many bits a number of octets may be shorter than another and still say how
// fast that many are read: a few come at once in the buffer of a peer that is slow with many.
const similar = 4

// learn takes how long the peer took for so many octets of ours, until it showed that it had read
// them.
func (p *pace) learn(octets int64, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := bits.Len64(uint64(octets))
	p.best[k] = max(p.best[k], float64(octets)/max(took, time.Nanosecond).Seconds())
}

// reading is the shortest time in which the peer may read so many octets, by what is known of it.
func (p *pace) reading(octets int64) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	best, from := 0.0, max(0, bits.Len64(uint64(octets))-similar)
	for _, rate := range p.best[from:] {
		best = max(best, rate)
	}
	for ; best == 0 && from > 0; from-- {
		best = p.best[from-1]
	}
	if best == 0 {
		return 0
	}
	return time.Duration(float64(octets) / best * float64(time.Second))
}

// backlog is what was sent and the peer has not shown to have read.
type backlog struct {
	sends []sending     // the oldest first; no more than one that was read in part
	read  int64         // our offset up to which it has shown to have read
	at    time.Duration // when it did that, since the connection was made
}

// sending is the beginning of what is sent from one time on.
type sending struct {
	offset int64
	at     time.Duration
}

// maxSendings bounds those of a backlog. Of more, the one goes that came the soonest after another.
const maxSendings = 32

// add notes that octets are sent at that offset.
func (b *backlog) add(offset int64, at time.Duration) {
	b.sends = append(b.sends, sending{offset, at})
	if len(b.sends) <= maxSendings {
		return
	}
	least := 1
	for i := 2; i < len(b.sends); i++ {
		if b.sends[i].at-b.sends[i-1].at < b.sends[least].at-b.sends[least-1].at {
			least = i
		}
	}
	b.sends = slices.Delete(b.sends, least, least+1)
}

// shows notes that the peer has shown to have read up to an offset: all that was sent from any
// time on, in the time since then.
func (b *backlog) shows(read int64, at time.Duration, p *pace) {
	if read <= b.read {
		return
	}
	b.read, b.at = read, at
	old := 0
	for i := range b.sends {
		if b.sends[i].offset < read {
			p.learn(read-b.sends[i].offset, at-b.sends[i].at)
			old = i
		}
	}
	b.sends = append(b.sends[:0], b.sends[old:]...)
}

// left is how long the peer may still be reading, at that time, where so many octets were sent; 0
// if it must have read them.
func (b *backlog) left(sent int64, at time.Duration, p *pace) time.Duration {
	if b.read >= sent || len(b.sends) == 0 {
		return 0
	}
	return max(0, p.reading(sent-b.read)-(at-max(b.at, b.sends[0].at)))
}
