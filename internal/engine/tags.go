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
	owners map[string]connection
	last   []string // the keys of owners, in a ring
}

// connection is one that has a tag.
type connection struct {
	number uint64
	cs     string // the id of its case
	tag    [marker.Size]byte
}

// keptTags is of how many connections the tags are known.
const keptTags = 4096

// enter gives a connection of a case a tag.
func (t *tags) enter(caseID string) *connection {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.number++
	c := connection{number: t.number, cs: caseID, tag: marker.Of(t.seed + t.number*0x9e3779b97f4a7c15>>8)}
	if t.owners == nil {
		t.owners = map[string]connection{}
	}
	key := string(c.tag[:])
	if at := int((t.number - 1) % keptTags); len(t.last) < keptTags {
		t.last = append(t.last, key)
	} else {
		delete(t.owners, t.last[at])
		t.last[at] = key
	}
	t.owners[key] = c
	return &c
}

// owner returns the connection that has a tag.
func (t *tags) owner(tag string) (connection, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, ok := t.owners[tag]
	return c, ok
}

// tagWith has the messages of a conversation tagged whose payload is free. It is
// called before the conversation begins.
func (c *conversation) tagWith(t *tags, cs *catalogue.Case) {
	if t != nil && c.options.Dialect.Echoes() && cs.Autobahn == nil && (isRandom(cs) || isFuzz(cs) || strings.HasPrefix(cs.ID, catalogue.RFCPrefix)) {
		c.tags, c.tagID, c.free = t, cs.ID, !strings.HasPrefix(cs.ID, catalogue.RFCPrefix)
	}
}

// tag returns the tag of the conversation's connection, which most have no use for.
func (c *conversation) tag() *connection {
	if c.self == nil {
		c.self = c.tags.enter(c.tagID)
	}
	return c.self
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
// valid until the next call.
func (c *conversation) tagged(s *oracle.Step, from int, octets []byte) []byte {
	if c.tags == nil || s.HasDeclared || s.Frame.Rsv != 0 || !c.tagsIn(s) {
		return octets
	}
	size, pause := s.Payload.Size(), tagPause
	if s.Payload.Len == 0 || len(c.script.Handshake.Offers) > 0 {
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
			c.marked, copied = append(c.marked[:0], octets...), true
			octets = c.marked
		}
		copy(octets[begin-from:end-from], c.tag().tag[begin-at:])
	}
	return octets
}

// tagsIn reports whether the payload of a step is free.
func (c *conversation) tagsIn(s *oracle.Step) bool {
	p, op := &s.Payload, s.Frame.Opcode
	packed := len(c.script.Handshake.Offers) > 0 && s.Kind != oracle.StepMessage
	switch {
	case p.Source != "" || len(p.Data) == 0 || p.Size() < tagFrom && !(c.free && p.Size() >= tagFree):
		return false
	case op == wsproto.OpPing || op == wsproto.OpPong:
	case op.IsControl() || op.IsReserved() || packed:
		return false
	case op == wsproto.OpBinary && c.free:
		return true
	}
	if p.Len == 0 && !c.free {
		return false
	}
	for _, b := range p.Data[:min(len(p.Data), marker.Size)] {
		if b >= 0x80 || b < ' ' {
			return false
		}
	}
	return p.Len == 0 || plainASCII(p.Data)
}

func plainASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 || c < ' ' {
			return false
		}
	}
	return true
}

// mixed adds to the trace that the peer sent what came to it on another
// connection.
func (c *conversation) mixed() {
	if c.tags == nil {
		return
	}
	for _, tag := range c.judge.Strays() {
		if of, ok := c.tags.owner(tag); ok && of.number != c.tag().number {
			c.event(oracle.Event{Kind: oracle.EventPeerMixed, Tag: fmt.Sprintf(
				"on connection %d, of case %s, octets of a message that came on connection %d, of case %s",
				c.self.number, c.self.cs, of.number, of.cs)})
			return
		}
	}
}
