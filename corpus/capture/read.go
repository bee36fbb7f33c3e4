package capture

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
)

// Limits bound what a capture may cost. The zero value means the defaults.
type Limits struct {
	Octets      int64 // kept of conversations, all together; 0 means 256 MiB
	Connections int   // TCP connections at a time; 0 means 65,536
}

// ErrTooMuch says, wrapped, that a capture holds more than [Limits] allow.
var ErrTooMuch = errors.New("the capture holds too much")

// Summary is what a capture held apart from the conversations.
type Summary struct {
	Packets     int // in all
	Segments    int // that were TCP
	Connections int // that carried anything
}

// Read reads a pcap or pcapng file to its end and returns the conversations in
// the order in which they began. The error is a [*FormatError] where the file is
// damaged or none of the two, wraps [ErrTooMuch] where it exceeds the limits, and
// is else the reader's own. There are no conversations with an error: a part of
// a capture would be judged wrongly.
func Read(r io.Reader, limits Limits) ([]*Conversation, Summary, error) {
	packets, err := newPacketReader(r)
	if err != nil {
		return nil, Summary{}, err
	}
	octets := cmp.Or(limits.Octets, 256<<20)
	t := table{
		most: cmp.Or(limits.Connections, 65536), flows: map[endpoints]*flow{}, budget: budget{octets: octets},
	}
	for {
		p, err := packets.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, Summary{}, err
		}
		t.summary.Packets++
		if s, ok := tcpOf(p); ok {
			t.summary.Segments++
			if !t.add(&s, p) {
				return nil, Summary{}, fmt.Errorf("%w: more than %d connections at a time", ErrTooMuch, t.most)
			}
		}
		if t.budget.spent() {
			return nil, Summary{}, fmt.Errorf("%w: more than %d octets of conversations", ErrTooMuch, octets)
		}
	}
	var all []*Conversation
	for _, f := range t.order {
		if f.conversation != nil {
			all = append(all, f.conversation)
		}
	}
	return all, t.summary, nil
}

// endpoints name a connection, whichever of the two sent first.
type endpoints struct{ low, high netip.AddrPort }

// table is the connections of a capture.
type table struct {
	most    int
	flows   map[endpoints]*flow
	order   []*flow // those with a conversation, as they began
	budget  budget
	summary Summary
}

// add takes a segment, and reports false where there are too many connections.
func (t *table) add(s *segment, p packet) bool {
	key := endpoints{s.from, s.to}
	if key.high.Compare(key.low) < 0 {
		key = endpoints{s.to, s.from}
	}
	f := t.flows[key]
	if opens := s.syn && !s.has; f == nil || opens && (f.over || s.seq != f.syn) {
		if !opens && (s.size == 0 || s.rst) {
			return true // it opens nothing, and brings nothing
		}
		if f == nil && len(t.flows) >= t.most && !t.sweep() {
			return false
		}
		if f != nil {
			f.drop()
		}
		f = newFlow([2]netip.AddrPort{s.from, s.to}, s.seq, &t.budget)
		t.flows[key] = f
		t.summary.Connections++
	}
	from := 0
	if s.from != f.ends[0] {
		from = 1
	}
	known := f.conversation != nil
	f.add(from, s, p.at)
	if !known && f.conversation != nil {
		t.order = append(t.order, f)
	}
	if f.over {
		f.drop() // it stays in the table, so that what comes late is not taken for a new one
	}
	return true
}

// sweep takes connections that are over out of the table, and reports whether
// there were any.
func (t *table) sweep() bool {
	before := len(t.flows)
	maps.DeleteFunc(t.flows, func(_ endpoints, f *flow) bool { return f.over })
	return len(t.flows) < before
}
