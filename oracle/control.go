package oracle

import (
	"bytes"
	"fmt"

	"github.com/wscheck/wscheck/wsproto"
)

var (
	rulePong = newRule(clause("rfc6455/5.5.2/pong", Must, bindsBoth,
		"answer a ping with a pong, unless it has received a close frame."))
	rulePongPrompt = newRule(clause("rfc6455/5.5.2/pong-prompt", Should, bindsBoth,
		"answer a ping as soon as is practical.").
		broken("answers a ping late"))
	rulePongPayload = newRule(clause("rfc6455/5.5.3/pong-payload", Must, bindsBoth,
		"answer a ping with the payload of that ping."))
	ruleControlWithin = newRule(clause("rfc6455/5.4/control-within", Must, bindsBoth,
		"handle control frames in the middle of a fragmented message."))
)

// maxPings is how many of our last pings are kept. One that is older can be
// no longer answered, and need not be: only the last has to (RFC 6455 5.5.3).
const maxPings = 32

// pings are our pings and how far the peer has answered them.
type pings struct {
	ring [maxPings]sentPing
	pingState
}

type pingState struct {
	count int // in all

	answered int  // pings up to this one, counted from 1, need no more answer
	pongs    int  // the peer's that may each answer another ping
	overdue  int  // up to this one, the peer has had its chance
	handled  bool // one in the middle of a fragmented message has its pong

	odd      bool   // a pong came that answers none of those that wait
	oddPong  string // it, for people
	oddAfter int    // count when it came

	// forgotten has a bit for each payload of a ping that is not kept any more.
	forgotten bitsOfPayloads

	// ours has one for each payload of a pong of ours: a peer may send it in a pong
	// that nobody asked for.
	ours bitsOfPayloads
}

// bitsOfPayloads has a bit for each payload of a set; two payloads may have the same one.
type bitsOfPayloads [16]uint64

type sentPing struct {
	payload [maxControl]byte
	size    uint8
	within  bool  // in the middle of a fragmented message
	end     int64 // our offset after it
}

// has reports whether the ping has that payload.
func (s *sentPing) has(payload []byte) bool { return bytes.Equal(s.payload[:s.size], payload) }

// wanted is the answer to the ping.
func (s *sentPing) wanted() string {
	return fmt.Sprintf("a pong with the payload of our ping, %s", wsproto.NewFrame(wsproto.OpPing, true, s.payload[:s.size]))
}

func (p *pings) add(payload []byte, end int64, within bool) {
	slot := &p.ring[p.count%maxPings]
	if p.count >= maxPings {
		p.forgotten.add(slot.payload[:slot.size])
	}
	slot.size = uint8(copy(slot.payload[:], payload))
	slot.end, slot.within = end, within
	p.count++
}

func (b *bitsOfPayloads) add(payload []byte) {
	i, bit := bitOf(payload)
	b[i] |= bit
}

// may reports whether the payload may be one of the set.
func (b *bitsOfPayloads) may(payload []byte) bool {
	i, bit := bitOf(payload)
	return b[i]&bit != 0
}

// bitOf returns where the bit of a payload is.
func bitOf(payload []byte) (i int, bit uint64) {
	h := uint32(len(payload))
	for _, c := range payload {
		h = mix(h, uint32(c))
	}
	h >>= 22
	return int(h / 64), 1 << (h % 64)
}

// repeats reports whether a ping that is not kept any more may have had that
// payload, so that a pong may answer it.
func (p *pings) repeats(payload []byte) bool {
	return p.count > maxPings && p.forgotten.may(payload)
}

// at returns ping number n, counted from 1.
func (p *pings) at(n int) *sentPing { return &p.ring[(n-1)%maxPings] }

// oldest returns the number of the oldest ping that is kept.
func (p *pings) oldest() int { return max(1, p.count-maxPings+1) }

// match returns the numbers of the newest and the oldest ping with a payload, 0
// and 0 for none.
func (p *pings) match(payload []byte) (newest, oldest int) {
	for n := p.count; n >= p.oldest(); n-- {
		if p.at(n).has(payload) {
			if newest == 0 {
				newest = n
			}
			oldest = n
		}
	}
	return newest, oldest
}

// nearPong is how many octets of a pong have to be those of a ping in their places, and three
// in four at least or all that the pong has, to make it an answer to that ping though others differ.
const nearPong = 16

// near returns the number of the newest ping without an answer that a payload all but
// repeats, 0 for none. A ping that repeats one octet could be like a pong that nobody asked
// for.
func (p *pings) near(payload []byte) int {
	for n := p.count; n > p.answered && n >= p.oldest(); n-- {
		ping := p.at(n).payload[:p.at(n).size]
		same, varied := 0, false
		for i, c := range ping[:min(len(ping), len(payload))] {
			if c == payload[i] {
				same++
				varied = varied || c != ping[0]
			}
		}
		if varied && same >= nearPong && (4*same >= 3*max(len(ping), len(payload)) || same == len(payload)) {
			return n
		}
	}
	return 0
}

// How long the payload of a pong has to be to be no coincidence, for a pong that
// nobody asked for may have any payload (5.5.3): deliberatePong octets, or
// deliberatePongLater where there were pings that are not kept any more.
const (
	deliberatePong      = 4
	deliberatePongLater = 8
)

// pong judges a pong of the peer by RFC 6455 5.5.3.
func (j *Judge) pong(it *wsproto.Item, payload []byte) {
	p := &j.ours.pings
	newest, oldest := p.match(payload)
	if p.pongs < p.count && (newest > 0 || p.repeats(payload)) {
		p.pongs++
		j.readAt = j.at
	}
	deliberate := deliberatePong
	if p.oldest() > 1 {
		deliberate = deliberatePongLater
	}
	if newest == 0 {
		late := j.ours.afterClose.has(payload)
		if len(payload) >= deliberate && late && !p.repeats(payload) && !j.theirs.closed {
			r := j.ours.closeFault
			j.report(r, it.FrameOffset, r.want(), "a pong to a ping after our close frame")
		}
		if n := p.near(payload); n > 0 && !late && !p.repeats(payload) && !p.ours.may(payload) {
			j.report(rulePongPayload, it.FrameOffset, p.at(n).wanted(), wsproto.Frame{Header: it.Header, Payload: payload}.String())
			p.answered = n
			return
		}
		if p.answered < p.count && !p.odd {
			p.odd, p.oddAfter = true, p.count
			j.strays.In(payload)
			p.oddPong = wsproto.Frame{Header: it.Header, Payload: payload}.String()
		}
		return
	}
	if len(payload) >= deliberate && !p.repeats(payload) && !p.ours.may(payload) {
		j.hasRead(p.at(oldest).end, it.FrameOffset, aPong)
	}
	// In doubt it is the newest ping that is answered, and with it all before.
	if p.answered < p.overdue && newest >= p.overdue || newest == p.count && p.answered < newest && j.slowly() && !j.sentEarly {
		j.late(rulePongPrompt, it.FrameOffset, "a prompt pong", "a pong")
	}
	p.answered = max(p.answered, newest)
	p.handled = p.handled || p.at(newest).within
}

// owesPong reports whether the peer may have missed a pong of ours that waits for
// the end of a frame of ours.
func (j *Judge) owesPong() bool { return j.theirs.pinged && j.ours.midFrame() }

// pongChance holds it against the peer that its last ping is not answered.
func (j *Judge) pongChance() {
	p := &j.ours.pings
	if p.answered < p.count {
		p.overdue = p.count
	}
}

// pongOverdue adds the pong that never came.
func (j *Judge) pongOverdue(add func(r rule, want, got string)) {
	p := &j.ours.pings
	if p.answered >= p.overdue {
		return
	}
	due := p.at(max(p.overdue, p.oldest()))
	want := due.wanted()
	switch {
	case p.odd && p.oddAfter >= p.overdue:
		add(rulePongPayload, want, p.oddPong)
	case due.within && !p.handled:
		add(ruleControlWithin, want, "no pong to a ping in the middle of a message")
		fallthrough
	default:
		add(rulePong, want, "no pong")
	}
}
