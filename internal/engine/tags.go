package engine

import (
	"fmt"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/marker"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// tags are the connections with one peer, by what is written into the messages of
// each. What is written into those of one never comes back on another by chance.
type tags struct {
	seed uint64 // 0 in bubbles, where each run is the same

	mu     sync.Mutex
	number uint64
	owners []taggedConn // the last ones, in a ring
	asked  recent       // cases, by the Sec-WebSocket-Key of a client's request
	zeros  int          // frames that a client masked with the key 0
	ended  int          // connections since zeros was 0
}

// recent is a map of what was put into it last, [keptTags] at most.
type recent struct {
	values map[string]string
	keys   []string // in a ring
	next   int
}

func (r *recent) put(key, v string) {
	if r.values == nil {
		r.values = map[string]string{}
	}
	if len(r.keys) < keptTags {
		r.keys = append(r.keys, key)
	} else {
		delete(r.values, r.keys[r.next])
		r.keys[r.next] = key
	}
	r.next, r.values[key] = (r.next+1)%keptTags, v
}

// taggedConn is one that has a tag.
type taggedConn struct {
	number uint64
	cs     string // the id of its case
	tag    [marker.Size]byte
}

// keptTags is of how many connections the tags are known.
const keptTags = 4096

// enter gives a connection of a case a tag.
func (t *tags) enter(caseID string) taggedConn {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.number++
	c := taggedConn{number: t.number, cs: caseID, tag: marker.Of(t.seed + t.number*0x9e3779b97f4a7c15>>8)}
	if len(t.owners) < keptTags {
		t.owners = append(t.owners, c)
	} else {
		t.owners[(t.number-1)%keptTags] = c
	}
	return c
}

// again notes the Sec-WebSocket-Key of a client's request. It returns the case in which
// a connection before this one had the same, "" for none.
func (t *tags) again(key, caseID string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if before, ok := t.asked.values[key]; ok {
		return before
	}
	t.asked.put(key, caseID)
	return ""
}

// How many frames of so many connections with a client have the key 0 by no coincidence: it
// happens by chance once in 2^32 times where each connection has a thousand frames.
const (
	zerosAgain = 3
	zerosAmong = 4096
)

// zeroKeys notes at the end of a connection how many frames a client has masked with the key
// 0. It returns how many there are, "" where there are none or where it may be by chance.
func (t *tags) zeroKeys(n int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended++; t.ended > zerosAmong {
		t.ended, t.zeros = 1, 0
	}
	if t.zeros += n; n == 0 || t.zeros < zerosAgain {
		return ""
	}
	return fmt.Sprintf("%d frames on %d connections with the masking key 00000000", t.zeros, t.ended)
}

// owner returns the connection that has a tag.
func (t *tags) owner(tag string) (taggedConn, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.owners { // it is asked for where something is wrong, and often entered
		if c := &t.owners[i]; string(c.tag[:]) == tag {
			return *c, true
		}
	}
	return taggedConn{}, false
}

// tagging tags the messages of one conversation whose payload is free.
type tagging struct {
	run   *tags      // of all connections with the peer
	tags  *tags      // the same; nil where messages are not tagged
	self  taggedConn // this one; its number is 0 where nothing was tagged yet
	tagID string     // of the case
	free  bool       // the payloads were made at random
	of    *oracle.Script
}

// begin has the messages of a case tagged where that is possible. It is called before
// the conversation begins.
func (g *tagging) begin(t *tags, cs *catalogue.Case, d *oracle.Dialect) {
	g.of, g.run, g.tagID = &cs.Script, t, cs.ID
	if t != nil && d.Echoes() && cs.Autobahn == nil && (isRandom(cs) || isFuzz(cs) || strings.HasPrefix(cs.ID, catalogue.RFCPrefix)) {
		g.tags, g.free = t, !strings.HasPrefix(cs.ID, catalogue.RFCPrefix)
	}
}

// tag returns the tag of the conversation's connection, which most have no use for.
func (g *tagging) tag() *taggedConn {
	if g.self.number == 0 {
		g.self = g.tags.enter(g.tagID)
	}
	return &g.self
}

// tagPause is after how many octets of a payload that repeats a unit the tag comes
// again, and tagFrom from which length on there is one. What is repeated for so long
// is there to fill the message.
const (
	tagPause = 1 << 10
	tagFrom  = 64
	tagFree  = marker.Size + 4 // the same, in what was made at random
)

// tagged returns octets of the payload of a step that are to be sent, from octet
// number from on, with the tag of the connection in them where that changes nothing
// but what the message says. The octets themselves are left alone; what is returned is
// in room, where there is a tag in it.
func (g *tagging) tagged(room *[]byte, s *oracle.Step, from int, octets []byte) []byte {
	if g.tags == nil || s.HasDeclared || s.Frame.Rsv != 0 || !g.tagsIn(s) {
		return octets
	}
	size, pause := s.Payload.Size(), tagPause
	if s.Payload.Len == 0 || len(g.of.Handshake.Offers) > 0 {
		pause = size
	}
	first := from - from%pause
	copied := false
	for at := first; at < from+len(octets) && at+marker.Size <= size; at += pause {
		begin, end := max(at, from), min(at+marker.Size, from+len(octets))
		if begin >= end {
			continue
		}
		if !copied {
			*room, copied = append((*room)[:0], octets...), true
			octets = *room
		}
		copy(octets[begin-from:end-from], g.tag().tag[begin-at:])
	}
	return octets
}

// tagsIn reports whether the payload of a step is free.
func (g *tagging) tagsIn(s *oracle.Step) bool {
	p, op := &s.Payload, s.Frame.Opcode
	packed := len(g.of.Handshake.Offers) > 0 && s.Kind != oracle.StepMessage
	switch {
	case p.Source != "" || len(p.Data) == 0 || p.Size() < tagFrom && !(g.free && p.Size() >= tagFree):
		return false
	case op == wsproto.OpPing || op == wsproto.OpPong:
	case op.IsControl() || op.IsReserved() || packed:
		return false
	case op == wsproto.OpBinary && g.free:
		return true
	}
	if p.Len == 0 && !g.free {
		return false
	}
	return plainASCII(p.Data[:min(len(p.Data), marker.Size)]) && (p.Len == 0 || plainASCII(p.Data))
}

func plainASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 || c < ' ' {
			return false
		}
	}
	return true
}

// mixed says which message came to the peer on another connection, of those whose tags
// it sent on this one; "" for none.
func (g *tagging) mixed(strays []string) string {
	for _, tag := range strays {
		if of, ok := g.tags.owner(tag); ok && of.number != g.tag().number {
			return fmt.Sprintf("on connection %d, of case %s, octets of a message that came on connection %d, of case %s",
				g.self.number, g.self.cs, of.number, of.cs)
		}
	}
	return ""
}
