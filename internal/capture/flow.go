package capture

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Conversation is what one TCP connection carried from the request for an
// upgrade on, or one stream of HTTP/2 from an extended CONNECT on.
type Conversation struct {
	Client, Server netip.AddrPort
	Start          time.Time // of the request's first octet
	Stream         uint32    // of HTTP/2; 0 for HTTP/1.1

	// Name is what a file has in the place of addresses: the URL in a HAR.
	Name string

	// Messages says that messages alone are known. The frames are made up, and right:
	// only the opening handshake and the messages say anything of the two sides.
	Messages bool
	Reported []string // what the program that kept the messages said was wrong

	// Trace has the client as our side, which makes the server the peer that is
	// judged. [Mirror] turns it round.
	Trace *oracle.Trace
}

// String names the two ends, or what stands in their place, in printable characters.
func (c *Conversation) String() string {
	name := fmt.Sprintf("client %s, server %s", c.Client, c.Server)
	if c.Name != "" {
		name = strings.Trim(strconv.QuoteToASCII(c.Name[:min(len(c.Name), maxName)]), `"`)
	}
	if c.Stream != 0 {
		name += fmt.Sprintf(", stream %d", c.Stream)
	}
	return name
}

// maxName bounds the octets of a name that are shown.
const maxName = 200

// Mirror returns the trace as the other side would have taken it: what we sent
// is received, and our role is the peer's. What only our side can know (steps,
// timers, how the peer's process fared) is left out. Octets are shared.
func Mirror(t *oracle.Trace) *oracle.Trace {
	m := &oracle.Trace{Role: t.Role.Peer(), Carrier: t.Carrier}
	for _, ev := range t.Events {
		kind := mirrored(ev.Kind)
		if kind == ev.Kind {
			continue
		}
		ev.Kind, ev.Step, ev.Sync = kind, -1, false
		m.Events = append(m.Events, ev)
	}
	return m
}

// mirrors are the kinds of one event to its two sides.
var mirrors = [][2]oracle.EventKind{
	{oracle.EventSent, oracle.EventReceived}, {oracle.EventFrameSent, oracle.EventFrameReceived},
	{oracle.EventSentEOF, oracle.EventReceivedEOF}, {oracle.EventSentReset, oracle.EventReceivedReset},
}

// mirrored returns what an event is to the other side, and k itself where that cannot
// know of it.
func mirrored(k oracle.EventKind) oracle.EventKind {
	if k == oracle.EventClosed {
		return oracle.EventReceivedEOF
	}
	for _, sides := range mirrors {
		switch k {
		case sides[0]:
			return sides[1]
		case sides[1]:
			return sides[0]
		}
	}
	return k
}

// flow is a TCP connection.
type flow struct {
	ends   [2]netip.AddrPort // as in the order of its first packet
	halves [2]direction
	syn    uint32 // sequence number of the first packet, where that was a SYN

	// Until a request for an upgrade is found, what may be one, by sender.
	request [2][]byte
	pending [2][]oracle.Event // Step says in which order
	runs    int

	t            *table
	name         string // of its conversations
	http2        *http2 // where the client has begun that
	conversation *Conversation
	client       int // index of its end
	began        time.Duration
	begun        bool // octets were seen
	over         bool
	budget       *budget
}

func newFlow(ends [2]netip.AddrPort, syn uint32, t *table) *flow {
	b := &t.budget
	return &flow{t: t, ends: ends, syn: syn, budget: b, halves: [2]direction{{budget: b}, {budget: b}}}
}

// drop gives back what a flow that is over holds beside its conversation.
func (f *flow) drop() {
	if f.http2 != nil {
		f.http2.drop()
	}
	for i := range f.halves {
		f.forget(i)
		for _, p := range f.halves[i].waiting {
			f.budget.refund(len(p.data))
		}
		f.halves[i].waiting = nil
	}
}

// budget is what is left of the octets that may be kept.
type budget struct{ octets int64 }

// eventCost is what an event, or a part that waits, takes beside its octets.
const eventCost = 128

func (b *budget) spend(octets int)  { b.octets -= int64(octets) + eventCost }
func (b *budget) refund(octets int) { b.octets += int64(octets) + eventCost }
func (b *budget) spent() bool       { return b.octets < 0 }

// add takes a segment that one end sent.
func (f *flow) add(from int, s *segment, at time.Duration) {
	if f.over {
		return
	}
	if s.has && !s.rst {
		f.halves[1-from].acknowledged(s.ack, func(data []byte, size int) { f.carry(1-from, data, size, at) })
		f.ended(1-from, at)
	}
	if s.rst {
		f.event(from, oracle.EventSentReset, oracle.EventReceivedReset, at)
		f.over = true
		return
	}
	f.halves[from].add(s, func(data []byte, size int) { f.carry(from, data, size, at) })
	f.ended(from, at)
}

// carry takes octets in order.
func (f *flow) carry(from int, data []byte, size int, at time.Duration) {
	if f.http2 != nil {
		f.http2.carry(from, data, size, at)
		return
	}
	if f.conversation != nil {
		kind := oracle.EventReceived
		if from == f.client {
			kind = oracle.EventSent
		}
		f.keep(f.conversation, oracle.Event{Kind: kind, At: at - f.began, Data: bytes.Clone(data), N: size, Step: -1})
		return
	}
	if size > len(data) { // a request that is not complete does not count
		f.forget(from)
		return
	}
	f.budget.spend(size)
	f.request[from] = append(f.request[from], data...)
	f.pending[from] = append(f.pending[from], oracle.Event{Kind: oracle.EventSent, At: at, Data: bytes.Clone(data), N: size, Step: f.runs})
	f.runs++
	more := len(f.pending[from]) < maxRequestParts
	if does, may := greets(f.request[from]); does {
		f.speaksHTTP2(from)
		return
	} else if may && more {
		return
	}
	request, n, err := wsproto.ParseRequest(f.request[from])
	switch {
	case n == 0 && err == nil && more:
	case n > 0 && slices.ContainsFunc(request.Tokens("Upgrade"), isWebSocket):
		f.open(from)
	default:
		f.forget(from)
	}
}

// maxRequestParts bounds the segments of a request.
const maxRequestParts = 1024

// isWebSocket reports whether a protocol to upgrade to, or of an extended CONNECT, is
// that of WebSockets.
func isWebSocket(protocol string) bool { return strings.EqualFold(protocol, wsproto.WebSocketProtocol) }

// forget drops what was not a request for an upgrade: another may follow.
func (f *flow) forget(from int) {
	for i := range f.pending[from] {
		f.budget.refund(f.pending[from][i].N)
	}
	f.request[from], f.pending[from] = nil, nil
}

// open begins the conversation.
func (f *flow) open(client int) {
	events := f.pending[client]
	f.client, f.began = client, events[0].At
	f.conversation = f.converse(client, f.began, oracle.HTTP1)
	for i := range events {
		events[i].At, events[i].Step = events[i].At-f.began, -1
		f.keep(f.conversation, events[i])
	}
	f.forget(0)
	f.forget(1)
}

// converse adds a conversation that began at that time.
func (f *flow) converse(client int, began time.Duration, over oracle.Carrier) *Conversation {
	c := &Conversation{
		Client: f.ends[client], Server: f.ends[1-client], Name: f.name,
		Start: time.Unix(0, int64(began)).UTC(),
		Trace: &oracle.Trace{Role: wsproto.Client, Carrier: over},
	}
	f.budget.spend(eventCost)
	f.t.all = append(f.t.all, c)
	return c
}

func (f *flow) keep(c *Conversation, ev oracle.Event) {
	if f.budget.spend(len(ev.Data)); !f.budget.spent() {
		c.Trace.Events = append(c.Trace.Events, ev)
	}
}

// ended notes the end of a direction, once.
func (f *flow) ended(from int, at time.Duration) {
	if h := &f.halves[from]; !h.ended || h.noted {
		return
	}
	f.halves[from].noted = true
	f.event(from, oracle.EventSentEOF, oracle.EventReceivedEOF, at)
	f.over = f.halves[1-from].ended
}

func (f *flow) event(from int, sent, received oracle.EventKind, at time.Duration) {
	if f.http2 != nil {
		f.http2.ended(from, at)
		return
	}
	if f.conversation == nil {
		return
	}
	kind := received
	if from == f.client {
		kind = sent
	}
	f.keep(f.conversation, oracle.Event{Kind: kind, At: at - f.began, Step: -1})
}
