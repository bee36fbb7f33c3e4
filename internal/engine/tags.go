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
	owners recent[taggedConn] // by tag
	asked  recent[string]     // cases, by the Sec-WebSocket-Key of a client's request
	drawn  randomness         // of a client's keys
}

// recent is a map of what was put into it last, [keptTags] at most.
type recent[V any] struct {
	values map[string]V
	keys   []string // in a ring
	next   int
}

func (r *recent[V]) put(key string, v V) {
	if r.values == nil {
		r.values = map[string]V{}
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
	t.owners.put(string(c.tag[:]), c)
	return c
}

// requested notes the Sec-WebSocket-Key of a client's request. It returns how it is seen not
// to be random: a connection before had the same, or a good part of it. It returns "" where it is not.
func (t *tags) requested(key, caseID string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if before, ok := t.asked.values[key]; ok {
		return "the key of a connection before, of case " + before
	}
	t.asked.put(key, caseID)
	return t.drawn.request(key)
}

// masked is [randomness.masked].
func (t *tags) masked(frames []wsproto.Header) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.drawn.masked(frames)
}

// owner returns the connection that has a tag.
func (t *tags) owner(tag string) (taggedConn, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, ok := t.owners.values[tag]
	return c, ok
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
