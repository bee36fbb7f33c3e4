package matrix

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Bounds of an exchange.
const (
	exchangeIdle  = 15 * time.Second // without an octet
	exchangeKept  = 64 << 20         // octets of memory, for what is kept of both sides
	exchangeEvent = 256              // of them for an event, besides what was sent in it
	exchangeFrame = 1 << 20          // octets in one frame
	rounds        = 3                // that each message makes
)

// Exchange is what came of one connection of a client to a server.
type Exchange struct {
	Status     int    // of the server's response, 0 if there was none
	Extensions string // that they agreed on
	Messages   int    // that the client sent, of those it was to send
	Of         int    // messages that the client was to send
	Clean      bool   // both sent a close frame and ended their streams
	Stalled    bool   // nothing came for a long time
	Problem    string // why there was no conversation

	// Broken has the clauses that each role broke.
	Broken map[wsproto.Role][]oracle.ClauseID
}

// openings are the messages that the middle sends in the server's name. Echoes send them to
// and fro.
func openings() (frames []wsproto.Frame) {
	for _, text := range []string{"", "κόσμε 𝄞", strings.Repeat("a", 125), strings.Repeat("ab", 63), strings.Repeat("wscheck ", 8192)} {
		frames = append(frames, wsproto.NewFrame(wsproto.OpText, true, []byte(text)))
	}
	whole := make([]byte, 256)
	for i := range whole {
		whole[i] = byte(i)
	}
	parts := []wsproto.Frame{
		wsproto.NewFrame(wsproto.OpBinary, false, whole[:100]), wsproto.NewFrame(wsproto.OpContinuation, false, nil),
		wsproto.NewFrame(wsproto.OpPing, true, []byte("between")), wsproto.NewFrame(wsproto.OpContinuation, true, whole[100:]),
	}
	return append(append(frames, wsproto.NewFrame(wsproto.OpBinary, true, whole)), parts...)
}

// side is one of the two ends of a middle.
type side struct {
	role   wsproto.Role
	conn   net.Conn
	trace  oracle.Trace // that we keep of it, as its peer
	rest   []byte       // what it sent that is not handed on yet
	opened bool         // its half of the opening handshake is over
	closed bool         // it sent a close frame
	ended  bool         // its stream
	cut    bool         // its frames are not handed on any more
	sent   int          // whole messages
}

// middle stands between a client and a server, which believe to speak with each other. It
// hands on what they send, frame by frame. Two echoes have nothing to say: it sends the
// first messages and, when they have been to and fro, a close frame.
type middle struct {
	sides  [2]*side // the client, the server
	closer wsproto.Role
	began  time.Time
	kept   int // octets of memory
	result Exchange
	broke  bool // the middle itself gave up
}

// chunk is what a side sent.
type chunk struct {
	from   int
	octets []byte
	err    error
}

// relay passes what a client and a server say to each other. closer is in whose name the close frame is sent. It
// closes both connections.
func relay(ctx context.Context, client, server net.Conn, closer wsproto.Role, idle time.Duration) *Exchange {
	m := &middle{
		sides: [2]*side{
			{role: wsproto.Client, conn: client, trace: oracle.Trace{Role: wsproto.Server}},
			{role: wsproto.Server, conn: server, trace: oracle.Trace{Role: wsproto.Client}},
		},
		closer: closer, began: time.Now(),
	}
	for _, f := range openings() {
		if f.Fin && !f.Opcode.IsControl() {
			m.result.Of += rounds
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	chunks := make(chan chunk, 1024) // a side reads only while it is read from
	for i, s := range m.sides {
		go readChunks(ctx, i, s.conn, chunks)
	}
	m.run(ctx, chunks, idle)
	cancel()
	client.Close()
	server.Close()
	return m.judge()
}

func readChunks(ctx context.Context, from int, conn net.Conn, to chan<- chunk) {
	b := make([]byte, 32<<10)
	for {
		n, err := conn.Read(b)
		select {
		case to <- chunk{from, bytes.Clone(b[:n]), err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// run hands on until both sides have ended.
func (m *middle) run(ctx context.Context, chunks <-chan chunk, idle time.Duration) {
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for !m.broke && !(m.sides[0].ended && m.sides[1].ended) {
		select {
		case c := <-chunks:
			timer.Reset(idle)
			m.take(c, idle)
		case <-timer.C:
			m.result.Stalled = true
			return
		case <-ctx.Done():
			m.giveUp(context.Cause(ctx).Error())
			return
		}
	}
}

func (m *middle) giveUp(why string) {
	m.broke, m.result.Problem = true, cmp.Or(m.result.Problem, why)
}

func (m *middle) take(c chunk, idle time.Duration) {
	from, to := m.sides[c.from], m.sides[1-c.from]
	deadline := time.Now().Add(idle)
	from.conn.SetWriteDeadline(deadline)
	to.conn.SetWriteDeadline(deadline)
	if len(c.octets) > 0 {
		m.note(from, oracle.EventReceived, c.octets)
		from.rest = append(from.rest, c.octets...)
		if m.kept > exchangeKept {
			m.giveUp("they do not come to an end")
			return
		}
		m.handOn(from, to)
	}
	if c.err == nil {
		return
	}
	kind := oracle.EventReceivedEOF
	if !errors.Is(c.err, io.EOF) {
		kind = oracle.EventReceivedReset
	}
	from.ended = true
	m.note(from, kind, nil)
	if !m.awaited(to) {
		m.endStream(to)
	}
}

// awaited reports whether a side, the client, has yet to answer a close frame of the server's. The server
// has sent it as its answer to ours, and ended its stream; to the client it is the first,
// and a server that begins waits for the answer.
func (m *middle) awaited(s *side) bool {
	return m.closer == wsproto.Client && s.role == wsproto.Client && m.sides[1].closed && !s.closed
}

func (m *middle) endStream(s *side) {
	if half, ok := s.conn.(interface{ CloseWrite() error }); ok && !s.ended {
		m.note(s, oracle.EventSentEOF, nil)
		_ = half.CloseWrite() // a side that has gone shows it when it is read
	}
}

// note adds an event to what is kept of a side.
func (m *middle) note(s *side, kind oracle.EventKind, octets []byte) {
	m.kept += exchangeEvent + len(octets)
	s.trace.Events = append(s.trace.Events, oracle.Event{Kind: kind, At: time.Since(m.began), Data: octets, N: len(octets), Step: -1})
}

func (m *middle) send(s *side, octets []byte) {
	if s.ended {
		return
	}
	m.note(s, oracle.EventSent, bytes.Clone(octets))
	if _, err := s.conn.Write(octets); err != nil {
		m.note(s, oracle.EventSendFailed, nil)
		s.trace.Events[len(s.trace.Events)-1].Tag = "closed"
		if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
			m.giveUp(fmt.Sprintf("the %s does not read", s.role))
		}
	}
}

// handOn takes apart what a side sent, and hands on what is whole.
func (m *middle) handOn(from, to *side) {
	for !from.opened {
		n := m.open(from)
		if n == 0 {
			return
		}
		m.send(to, from.rest[:n])
		from.rest = from.rest[n:]
		if from.opened && from.role == wsproto.Server {
			for _, f := range openings() {
				m.send(m.sides[0], f.AppendTo(nil))
			}
		}
	}
	for !m.broke {
		h, n := wsproto.ParseHeader(from.rest)
		switch {
		case n == 0:
			return
		case h.Length > exchangeFrame:
			m.giveUp(fmt.Sprintf("the %s sends a frame of more than %d octets", from.role, exchangeFrame))
			return
		case uint64(len(from.rest)-n) < h.Length:
			return
		}
		size := n + int(h.Length)
		m.frame(from, to, h, from.rest[:size])
		from.rest = from.rest[size:]
	}
}

// open reads the half of the opening handshake that a side has sent, and returns its size in
// octets: 0 if it is not whole.
func (m *middle) open(from *side) int {
	if from.role == wsproto.Client {
		_, n, err := wsproto.ParseRequest(from.rest)
		if err != nil {
			m.giveUp("the client sends no request: " + err.Error())
		}
		from.opened = n > 0
		return n
	}
	r, n, err := wsproto.ParseResponse(from.rest)
	switch {
	case err != nil:
		m.giveUp("the server sends no response: " + err.Error())
		return 0
	case n == 0:
		return 0
	}
	m.result.Status = r.Status
	m.result.Extensions = strings.Join(r.Fields.Values("Sec-WebSocket-Extensions"), ", ")
	from.opened = r.Status == 101
	if r.Status >= 200 {
		m.send(m.sides[0], from.rest[:n])
		m.giveUp(fmt.Sprintf("the server answers %d", r.Status))
		return 0
	}
	return n
}

// frame hands on a frame.
func (m *middle) frame(from, to *side, h wsproto.Header, octets []byte) {
	if !from.cut {
		m.send(to, octets)
	}
	switch {
	case h.Opcode == wsproto.OpClose:
		waited := m.awaited(from)
		from.closed, from.cut = true, true
		if waited && to.ended {
			m.endStream(from)
		}
	case h.Fin && !h.Opcode.IsControl():
		from.sent++
	}
	if client := m.sides[0]; client == from && client.sent == m.result.Of && h.Fin && !h.Opcode.IsControl() {
		m.end()
	}
}

// end sends the close frame.
func (m *middle) end() {
	f := wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, wsproto.CloseNormal, "done"))
	from, to := m.sides[1], m.sides[0]
	if m.closer == wsproto.Client {
		from, to = to, from
		f.Masked, f.Mask = true, [4]byte{0x77, 0x73, 0x63, 0x6b}
	}
	from.cut = true
	m.send(to, f.AppendTo(nil))
}

// judge returns what came of the exchange.
func (m *middle) judge() *Exchange {
	r := &m.result
	r.Messages = min(m.sides[0].sent, r.Of)
	r.Clean = true
	r.Broken = map[wsproto.Role][]oracle.ClauseID{}
	for _, s := range m.sides {
		r.Clean = r.Clean && s.closed && s.ended
		// What did not come in time proves nothing: neither the middle nor the other
		// side can be asked for it again.
		v := oracle.JudgeTrace(&s.trace, oracle.Options{Echo: true}).Doubted(func(f *oracle.Finding) bool { return f.Basis == oracle.Quiet })
		r.Broken[s.role] = v.Broken()
	}
	return r
}
