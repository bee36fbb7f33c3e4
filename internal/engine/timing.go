package engine

import (
	"cmp"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/process"
)

// Limits are the times after which a peer that has not done what it must is no
// longer waited for, in the first try. None of them proves anything: see
// [Config.Patience]. Zero fields mean Autobahn|Testsuite's own values.
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

// timing is what the conversations with one peer have learned of its speed. It
// is shared by all that run side by side.
type timing struct {
	mu        sync.Mutex
	mean, dev time.Duration // of the time that the peer takes to answer, smoothed
	slowest   time.Duration // the longest that an answer took that came all the same
	minSettle time.Duration
	limits    Limits

	ending   time.Duration // the longest that the peer took to close or drop a connection
	endings  int           // how often it did
	sluggish bool          // a wait went to its end without the peer having answered a ping

	pace pace
}

// defaultSettle is how long a peer has, after it has shown that it read all we
// sent, to do what it still means to do: close the connection, send more. It
// covers peers that answer pings apart from messages.
const defaultSettle = 50 * time.Millisecond

// learn takes the time that a peer took to answer a ping or a message. Mean and
// deviation are smoothed as TCP's are (RFC 6298 2).
func (p *timing) learn(d time.Duration) {
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
func (p *timing) roundTrip() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mean + 4*p.dev
}

// settleTime is how long to wait for what a peer may still do once it is known
// to have read everything; rtt is the conversation's own last measure.
func (p *timing) settleTime(rtt time.Duration) time.Duration {
	return max(p.minSettle, 2*rtt, 2*p.roundTrip())
}

// overdue is how long an answer that a case counts on may take before the peer is
// asked whether it is still there: far longer than answers take.
func (p *timing) overdue() time.Duration { return max(overdueLimit, 20*p.roundTrip()) }

const overdueLimit = 250 * time.Millisecond

// learnEnding takes the time from our last octet to the peer's closing or
// dropping the connection of its own accord.
func (p *timing) learnEnding(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ending = max(p.ending, d)
	p.endings++
}

// learnSluggish notes that a peer let a wait go to its end without answering.
func (p *timing) learnSluggish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sluggish = true
}

// blindTime is how long to wait where the peer cannot be asked, in the middle of
// a frame: longer than it has ever taken to fail a connection, and as long as
// limit if it has been seen to do nothing for that long, or never to fail one. Of
// a peer that has failed many, less has to be left to chance; on a busy machine, more.
func (p *timing) blindTime(limit time.Duration) time.Duration {
	p.mu.Lock()
	ending, endings, sluggish := p.ending, p.endings, p.sluggish
	p.mu.Unlock()
	switch {
	case sluggish || endings == 0:
		return limit
	case endings < manyEndings:
		return min(limit, inTurn(p.settleTime(0)+2*ending))
	}
	return min(limit, inTurn(max(p.minSettle/2, 2*p.roundTrip())+4*ending))
}

// inTurn is how long something takes that takes d on an idle machine, where all that
// want the processors have them in turn.
func inTurn(d time.Duration) time.Duration { return time.Duration(float64(d) * process.Load()) }

// manyEndings is how many times a peer has failed a connection, or closed it,
// when it is known how long it takes to.
const manyEndings = 32

// The gap between the pieces of a chopped write is about that of the original.
const (
	minPieceGap = link.MinGap
	maxPieceGap = 2 * time.Millisecond
)

// pieceGap is the time between two pieces, more for a peer that is slow or busy.
func (p *timing) pieceGap() time.Duration {
	return min(max(minPieceGap, p.roundTrip()/8), maxPieceGap)
}

// stretch adds to a limit of the peer's what a slow peer or a loaded machine
// needs: it grows with what was seen, and never shrinks.
func (p *timing) stretch(limit time.Duration) time.Duration {
	return limit + max(p.roundTrip(), 2*p.slowestSeen())
}

// slowestSeen is the longest time for which a first try had not waited long enough.
func (p *timing) slowestSeen() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.slowest
}

// slowestAnswer is the longest time that the peer was seen to take.
func (p *timing) slowestAnswer() time.Duration {
	return max(p.slowestSeen(), p.roundTrip())
}

// learnSlow takes the time that something took for which a first try had not
// waited long enough.
func (p *timing) learnSlow(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slowest = max(p.slowest, d)
}
