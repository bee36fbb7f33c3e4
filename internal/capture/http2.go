package capture

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Heads decompresses the header lists that one side of a connection of HTTP/2 sends
// (RFC 7541).
type Heads interface {
	// Allow says that the other side has announced a table of so many octets.
	Allow(size uint32)

	// Read returns the list of a field block. It is bounded, and so is each field.
	Read(block []byte) (wsproto.Fields, error)
}

// Bounds of a connection of HTTP/2.
const (
	maxFieldBlock  = 1 << 20 // octets of a field block
	maxFieldFrames = 4096
	maxEarlier     = 1024 // frames of the connection that are kept for streams to come
)

// http2 is a TCP connection of HTTP/2. Each stream of an extended CONNECT for a
// WebSocket is a conversation.
type http2 struct {
	f       *flow
	client  int
	sides   [2]h2Side
	streams map[uint32]*h2Stream
	earlier []oracle.Event // frames of the connection that a stream to come needs, as from the client's side
	enabled bool           // the server takes extended CONNECT
	lost    bool           // octets are missing: nothing after them can be read
	held    int            // octets that the budget pays for
}

// h2Side is what one side sends.
type h2Side struct {
	heads   Heads
	in      []byte // the beginning of a frame
	greeted bool   // the client's preface is read
	opening h2frame.Frame
	block   []byte         // the fields of a block that is not complete
	frames  []oracle.Event // the frames that the block came in
}

// h2Stream is the stream of a WebSocket.
type h2Stream struct {
	*Conversation
	began time.Duration
	over  [2]bool // directions, by their sender
	final bool    // the server has answered
}

// greets reports whether octets that one end has sent are what a connection of HTTP/2
// begins with, and whether they may become that.
func greets(b []byte) (does, may bool) {
	if bytes.HasPrefix(b, []byte(h2frame.Preface)) {
		return true, true
	}
	f, ok := h2frame.Parse(b)
	settings := len(b) > 0 && b[0] == 0 && (!ok || f.Type == h2frame.Settings && f.Stream == 0)
	return false, len(b) < len(h2frame.Preface) && strings.HasPrefix(h2frame.Preface, string(b)) || settings
}

// speaksHTTP2 reads the rest of a connection whose client has begun HTTP/2.
func (f *flow) speaksHTTP2(client int) {
	f.t.summary.HTTP2++
	f.http2 = &http2{f: f, client: client, streams: map[uint32]*h2Stream{}}
	early := f.pending
	f.forget(0)
	f.forget(1)
	if f.t.heads == nil {
		f.http2.lost = true
		return
	}
	for i := range f.http2.sides {
		f.http2.sides[i].heads = f.t.heads()
	}
	for len(early[0])+len(early[1]) > 0 {
		from := 0
		if len(early[0]) == 0 || len(early[1]) > 0 && early[1][0].Step < early[0][0].Step {
			from = 1
		}
		ev := &early[from][0]
		f.http2.carry(from, ev.Data, ev.N, ev.At)
		early[from] = early[from][1:]
	}
}

// carry takes octets in order.
func (c *http2) carry(from int, data []byte, size int, at time.Duration) {
	if c.lost {
		return
	}
	side := &c.sides[from]
	side.in = append(side.in, data...)
	if from == c.client && !side.greeted {
		if len(side.in) < len(h2frame.Preface) {
			return
		}
		side.in, side.greeted = side.in[len(h2frame.Preface):], true
	}
	in := side.in
	for !c.lost {
		frame, ok := h2frame.Parse(in)
		if !ok || len(frame.Body) < frame.Length {
			break
		}
		frame.Body = frame.Body[:frame.Length]
		c.take(from, frame, at)
		in = in[h2frame.HeadSize+frame.Length:]
	}
	side.in = append(side.in[:0], in...)
	if size > len(data) {
		c.miss(from, size-len(data), at)
	}
	c.account()
}

// account has the budget pay for what is held.
func (c *http2) account() {
	held := 0
	for i := range c.sides {
		held += cap(c.sides[i].in) + len(c.sides[i].block) + len(c.sides[i].frames)*eventCost
	}
	for _, ev := range c.earlier {
		held += len(ev.Data) + eventCost
	}
	c.f.budget.octets += int64(c.held - held)
	c.held = held
}

// miss has the judge know that octets are missing from all that is open.
func (c *http2) miss(from, size int, at time.Duration) {
	for _, s := range c.streams {
		if !s.over[from] {
			c.keep(s, from, oracle.Event{Kind: oracle.EventSent, N: size}, at)
		}
	}
	c.drop()
}

// drop forgets all, since nothing of what follows can be read.
func (c *http2) drop() {
	c.lost, c.streams, c.earlier, c.sides = true, nil, nil, [2]h2Side{}
	c.account()
}

// fails ends the reading for what a side has sent, which has no place in HTTP/2.
func (c *http2) fails(from int, stream uint32, format string, args ...any) {
	if c.enabled && c.f.t.fault == "" {
		who := wsproto.Server
		if from == c.client {
			who = wsproto.Client
		}
		c.f.t.fault = fmt.Sprintf("HTTP/2, the %v %s, stream %d: ", who, c.f.ends[from], stream) + fmt.Sprintf(format, args...)
	}
	c.drop()
}

func frameEvent(f *h2frame.Frame) oracle.Event {
	return oracle.Event{Kind: oracle.EventFrameSent, Data: f.AppendShown(nil)}
}

// keep adds an event of a side's, of the kind that it is to that side, to a conversation.
func (c *http2) keep(s *h2Stream, from int, ev oracle.Event, at time.Duration) {
	if from != c.client {
		ev.Kind = mirrored(ev.Kind)
	}
	ev.At, ev.Step = max(0, at-s.began), -1
	c.f.keep(s.Conversation, ev)
}

// take takes a frame of a side's.
func (c *http2) take(from int, f h2frame.Frame, at time.Duration) {
	switch {
	case f.Type == h2frame.Headers, f.Type == h2frame.Push, f.Type == h2frame.Continuation:
		c.takeBlock(from, &f, at)
		return
	case f.Stream == 0:
		c.takeConnection(from, &f, at)
		return
	}
	s := c.streams[f.Stream]
	if s == nil {
		return
	}
	c.keep(s, from, frameEvent(&f), at)
	switch f.Type {
	case h2frame.Data:
		data := f.Body
		if f.Flags&h2frame.FlagPadded != 0 && len(data) > 0 {
			data = data[1:max(1, len(data)-int(data[0]))]
		}
		if len(data) > 0 && !s.over[from] {
			c.keep(s, from, oracle.Event{Kind: oracle.EventSent, Data: bytes.Clone(data), N: len(data)}, at)
		}
		if f.Flags&h2frame.FlagEnd != 0 {
			c.end(s, f.Stream, from, at)
		}
	case h2frame.Reset:
		c.reset(s, f.Stream, from, at)
	}
}

// end ends one direction of a stream.
func (c *http2) end(s *h2Stream, id uint32, from int, at time.Duration) {
	if s.over[from] {
		return
	}
	s.over[from] = true
	c.keep(s, from, oracle.Event{Kind: oracle.EventSentEOF}, at)
	if s.over[1-from] {
		delete(c.streams, id)
	}
}

// reset ends both directions of a stream, abruptly unless the side has ended its own.
func (c *http2) reset(s *h2Stream, id uint32, from int, at time.Duration) {
	if !s.over[from] {
		c.keep(s, from, oracle.Event{Kind: oracle.EventSentReset}, at)
	}
	delete(c.streams, id)
}

// ended ends what one end has not ended when TCP does.
func (c *http2) ended(from int, at time.Duration) {
	for id, s := range c.streams {
		c.reset(s, id, from, at)
	}
}

// takeConnection takes a frame of stream 0.
func (c *http2) takeConnection(from int, f *h2frame.Frame, at time.Duration) {
	if f.Type == h2frame.Window && f.Length == 4 && h2frame.Uint32(f.Body) != 0 {
		return // all streams have a share in it
	}
	if f.Type == h2frame.Settings && f.Flags&h2frame.FlagAck == 0 {
		for b := f.Body; len(b) >= 6; b = b[6:] {
			switch value := h2frame.Uint32(b[2:]); h2frame.Uint16(b) {
			case h2frame.SettingTable:
				c.sides[1-from].heads.Allow(value)
			case h2frame.SettingConnect:
				c.enabled = c.enabled || from != c.client && value == 1
			}
		}
	}
	ev := frameEvent(f)
	for id, s := range c.streams {
		c.keep(s, from, ev, at)
		if f.Type == h2frame.GoAway && from != c.client && f.Length >= 8 && h2frame.Uint32(f.Body)&h2frame.MaxWindow < id {
			c.reset(s, id, from, at)
		}
	}
	if from != c.client {
		ev.Kind = mirrored(ev.Kind)
	}
	if f.Type == h2frame.Ping && f.Flags&h2frame.FlagAck != 0 && c.answered(ev) {
		return
	}
	if c.earlier = append(c.earlier, ev); len(c.earlier) > maxEarlier {
		c.fails(from, 0, "more than %d frames of SETTINGS and the like", maxEarlier)
	}
}

// answered takes the PING that ev answers off the frames that are kept, and reports
// whether there is one.
func (c *http2) answered(ev oracle.Event) bool {
	i := slices.IndexFunc(c.earlier, func(ping oracle.Event) bool {
		f, ok := h2frame.Parse(ping.Data)
		return ok && f.Type == h2frame.Ping && f.Flags&h2frame.FlagAck == 0 && ping.Kind != ev.Kind && bytes.Equal(f.Body, ev.Data[h2frame.HeadSize:])
	})
	if i >= 0 {
		c.earlier = slices.Delete(c.earlier, i, i+1)
	}
	return i >= 0
}

// takeBlock takes a frame of a field block, which has to be read whatever stream it is of.
func (c *http2) takeBlock(from int, f *h2frame.Frame, at time.Duration) {
	side := &c.sides[from]
	if f.Type != h2frame.Continuation {
		side.opening, side.block, side.frames = *f, nil, nil
	}
	side.block = append(side.block, f.Fragment()...)
	side.frames = append(side.frames, frameEvent(f))
	if len(side.block) > maxFieldBlock || len(side.frames) > maxFieldFrames {
		c.fails(from, f.Stream, "a field block of more than %d octets, or of %d frames", maxFieldBlock, maxFieldFrames)
		return
	}
	if f.Flags&h2frame.FlagHeaders == 0 {
		return
	}
	list, err := side.heads.Read(side.block)
	if err != nil {
		c.fails(from, f.Stream, "a field block that is not compressed as RFC 7541 says: %v", err)
		return
	}
	if side.opening.Type == h2frame.Headers {
		c.takeList(from, list, at)
	}
	side.block, side.frames = nil, nil
}

// takeList takes the header list of a stream.
func (c *http2) takeList(from int, list wsproto.Fields, at time.Duration) {
	side := &c.sides[from]
	id := side.opening.Stream
	s := c.streams[id]
	protocol, _ := list.Get(":protocol")
	opens := s == nil && from == c.client && isWebSocket(protocol)
	if opens {
		s = c.open(id, at)
	} else if s == nil {
		return
	}
	side.frames[0].Tag = h2frame.Lines(list)
	for _, ev := range side.frames {
		c.keep(s, from, ev, at)
	}
	_, statuses := list.Get(":status")
	answers := from != c.client && statuses > 0 && !s.final
	if opens || answers {
		head := h2frame.HeadText(list, answers)
		c.keep(s, from, oracle.Event{Kind: oracle.EventSent, Data: head, N: len(head)}, at)
	}
	if status, _ := list.Get(":status"); answers && !strings.HasPrefix(status, "1") {
		s.final = true
	}
	if side.opening.Flags&h2frame.FlagEnd != 0 {
		c.end(s, id, from, at)
	}
}

// open begins the conversation of a stream with the frames of the connection before it.
func (c *http2) open(id uint32, at time.Duration) *h2Stream {
	c.enabled = true
	s := &h2Stream{began: at, Conversation: c.f.converse(c.client, at, oracle.HTTP2)}
	s.Stream = id
	for _, ev := range c.earlier {
		ev.Step = -1
		c.f.keep(s.Conversation, ev)
	}
	c.streams[id] = s
	return s
}
