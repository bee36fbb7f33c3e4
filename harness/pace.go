package harness

import (
	"cmp"
	"sync"
	"time"
)

// Limits are the times that a peer has for what it must do. Zero fields mean
// Autobahn|Testsuite's own values, on which its verdicts depend.
type Limits struct {
	Open       time.Duration // for the opening handshake: 5 s
	CloseReply time.Duration // for the answer to a close frame: 1 s
	Drop       time.Duration // for a server to drop TCP after both close frames: 1 s
	Stray      time.Duration // for the same where nothing else bounds it, and the original waits for good: 5 s
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Open:       cmp.Or(l.Open, 5*time.Second),
		CloseReply: cmp.Or(l.CloseReply, time.Second),
		Drop:       cmp.Or(l.Drop, time.Second),
		Stray:      cmp.Or(l.Stray, 5*time.Second),
	}
}

// pace is what the conversations with one peer have learned of its speed. It
// is shared by all that run side by side.
type pace struct {
	mu        sync.Mutex
	mean, dev time.Duration // of the time that the peer takes to answer, smoothed
	opened    int           // opening handshakes that were completed
	unopened  int           // that timed out
	minSettle time.Duration
	limits    Limits

	ending   time.Duration // the longest that the peer took to close or drop a connection
	endings  int           // how often it did
	sluggish bool          // a wait went to its end without the peer having answered a ping
}

// defaultSettle is how long a peer has, after it has shown that it read all we
// sent, to do what it still means to do: close the connection, send more. It
// covers peers that answer pings apart from messages.
const defaultSettle = 50 * time.Millisecond

// learn takes the time that a peer took to answer a ping or a message. Mean and
// deviation are smoothed as TCP's are (RFC 6298 2).
func (p *pace) learn(d time.Duration) {
	if d <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mean == 0 {
		p.mean, p.dev = d, d/2
		return
	}
	p.dev += ((d - p.mean).Abs() - p.dev) / 4
	p.mean += (d - p.mean) / 8
}

// roundTrip is the time within which a peer nearly always answers.
func (p *pace) roundTrip() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mean + 4*p.dev
}

// settleTime is how long to wait for what a peer may still do once it is known
// to have read everything; rtt is the conversation's own last measure.
func (p *pace) settleTime(rtt time.Duration) time.Duration {
	return max(p.minSettle, 2*rtt, 2*p.roundTrip())
}

// learnEnding takes the time from our last octet to the peer's closing or
// dropping the connection of its own accord.
func (p *pace) learnEnding(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ending = max(p.ending, d)
	p.endings++
}

// learnSluggish tells that a peer let a wait go to its end without answering.
func (p *pace) learnSluggish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sluggish = true
}

// blindTime is how long to wait where the peer cannot be asked, in the middle of
// a frame: longer than it has ever taken to fail a connection, and as long as
// limit if it has been seen to do nothing for that long, or never to fail one. Of
// a peer that has failed many, less has to be left to chance.
func (p *pace) blindTime(limit time.Duration) time.Duration {
	p.mu.Lock()
	ending, endings, sluggish := p.ending, p.endings, p.sluggish
	p.mu.Unlock()
	switch {
	case sluggish || endings == 0:
		return limit
	case endings < manyEndings:
		return min(limit, p.settleTime(0)+2*ending)
	}
	return min(limit, max(p.minSettle/2, 2*p.roundTrip())+4*ending)
}

// manyEndings is how many times a peer has failed a connection, or closed it,
// when it is known how long it takes to.
const manyEndings = 32

// Writes of at most pacedOctets that are chopped leave a gap between their
// pieces, about that of the original: a peer that does its work in several tasks
// gets round to what it has read before it reads on.
const (
	pacedOctets = 1 << 10
	minPieceGap = 250 * time.Microsecond
	maxPieceGap = 2 * time.Millisecond
)

// pieceGap is the time between two pieces, more for a peer that is slow or busy.
func (p *pace) pieceGap() time.Duration {
	return min(max(minPieceGap, p.roundTrip()/8), maxPieceGap)
}

// closeReply is the time for the answer to a close frame, and drop that for the
// server to drop TCP after it.
func (p *pace) closeReply() time.Duration { return p.stretch(p.limits.CloseReply) }

func (p *pace) drop() time.Duration { return p.stretch(p.limits.Drop) }

// stretch adds to a limit of the peer's what a slow peer or a loaded machine
// needs.
func (p *pace) stretch(limit time.Duration) time.Duration {
	return limit + p.roundTrip()
}

// openLimit is the time for the opening handshake. A peer that has never
// completed one is given less and less.
func (p *pace) openLimit() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.opened == 0 && p.unopened >= 8 {
		return p.limits.Open / 20
	}
	return p.limits.Open
}

func (p *pace) open(ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ok {
		p.opened++
	} else {
		p.unopened++
	}
}
