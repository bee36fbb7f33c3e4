package oracle_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/testpipe"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestSoundness plays with the conforming endpoint, with its legal freedoms drawn
// at random, in conversations that are drawn at random too, right and wrong. No
// clause may be found broken.
func TestSoundness(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 300
	}
	from, to := testseeds.Range(t, n)
	outcomes := make(map[oracle.Outcome]int)
	synctest.Test(t, func(t *testing.T) {
		for seed := from; seed < to; seed++ {
			c := newConversation(seed)
			c.mischief = 1 + 5*int(seed/2%2)
			o := oracle.Options{Echo: true, Stay: seed%3 == 0}
			freedom := reference.Freedoms(seed)
			freedom.WritePause, freedom.Lazy = 0, 0 // time stands still here
			if o.Stay {
				freedom.CloseAfter = 0
			}
			c.run(reference.Options{Freedom: freedom, Deflate: new(reference.Deflate)})
			v := oracle.JudgeTrace(&c.trace, o)
			outcomes[v.Outcome]++
			if v.Outcome == oracle.Violation {
				t.Errorf("seed %d, %+v:\n%s\n%s", seed, freedom, findings(v), c.log())
				return
			}
		}
	})
	if outcomes[oracle.Pass] < int(to-from)/10 {
		t.Errorf("hardly any conversation comes to something: %v", outcomes)
	}
}

func findings(v oracle.Verdict) string {
	var s strings.Builder
	for _, f := range v.Findings {
		fmt.Fprintf(&s, "%v %s at event %d, octet %d: want %s, got %s\n", f.Outcome, f.Clause, f.Event, f.Offset, f.Want, f.Got)
	}
	return s.String() + v.Reason
}

// conversation is our side of one connection, and its trace.
type conversation struct {
	role  wsproto.Role
	rng   *rand.Rand
	trace oracle.Trace
	conn  *testpipe.End

	sent     []byte // gathered to be written
	received []byte // after the opening handshake
	frames   wsproto.Collector
	ended    bool // by the peer
	deflater *deflate.Compressor
	closed   bool // our close frame is sent
	asks     int  // messages are questions, but for one in so many and one; 0: none are
	asked    int  // questions
	mischief int  // how often, out of 6, something wrong is sent where it can be
}

func newConversation(seed uint64) *conversation {
	c := &conversation{role: wsproto.Role(seed % 2), rng: rand.New(rand.NewPCG(seed, 0)), mischief: 1}
	c.trace.Role = c.role
	return c
}

func (c *conversation) event(ev oracle.Event) {
	ev.Step, ev.N = -1, len(ev.Data)
	c.trace.Events = append(c.trace.Events, ev)
}

// run plays with the endpoint until the connection is over.
func (c *conversation) run(o reference.Options) {
	ours, theirs := testpipe.New(0)
	c.conn = ours
	done := make(chan struct{})
	go func() {
		defer close(done)
		if c.role == wsproto.Client {
			_ = reference.ServeConn(theirs, o)
		} else {
			_ = reference.Connect(theirs, "ws://example.com/chat", o)
		}
		theirs.Close()
	}()
	if c.handshake() {
		for range c.rng.IntN(12) {
			if c.ended {
				break
			}
			c.act()
		}
		c.finish()
	}
	if !c.ended {
		c.event(oracle.Event{Kind: oracle.EventClosed})
	}
	ours.Close()
	<-done
}

// flush writes what was gathered, in chops that are drawn.
func (c *conversation) flush() {
	for len(c.sent) > 0 && !c.ended {
		n := len(c.sent)
		if n < 4000 && c.rng.IntN(3) == 0 {
			n = 1 + c.rng.IntN(min(n, 20))
		}
		if _, err := c.conn.Write(c.sent[:n]); err != nil {
			break
		}
		c.event(oracle.Event{Kind: oracle.EventSent, Data: append([]byte(nil), c.sent[:n]...)})
		c.sent = c.sent[n:]
		if c.rng.IntN(3) == 0 {
			c.settle()
		}
	}
	c.sent = nil
}

// settle waits until the peer has nothing to do, and takes what it sent.
func (c *conversation) settle() []byte {
	synctest.Wait()
	data, ended := c.conn.Drain()
	if len(data) > 0 {
		c.event(oracle.Event{Kind: oracle.EventReceived, Data: data})
	}
	switch {
	case ended && !c.ended:
		c.ended = true
		c.event(oracle.Event{Kind: oracle.EventReceivedEOF})
	case !ended:
		c.event(oracle.Event{Kind: oracle.EventQuiet})
	}
	c.received = append(c.received, data...)
	return data
}

const extensions = "Sec-WebSocket-Extensions"

// handshake opens the connection, with permessage-deflate half of the time.
func (c *conversation) handshake() bool {
	compress := c.rng.IntN(2) == 0
	if c.role == wsproto.Client {
		request := wsproto.NewRequest("example.com", "/", "dGhlIHNhbXBsZSBub25jZQ==")
		if compress {
			request.Fields = append(request.Fields, wsproto.Field{Name: extensions, Value: "permessage-deflate; client_max_window_bits"})
		}
		c.sent = request.AppendTo(nil)
		c.flush()
		c.settle()
		response, n, _ := wsproto.ParseResponse(c.received)
		if response == nil || response.Status != 101 {
			return false
		}
		c.received = c.received[n:]
		c.agree(response.Values(extensions))
		return true
	}
	for range 10 {
		c.settle()
		request, n, _ := wsproto.ParseRequest(c.received)
		if request == nil {
			continue
		}
		c.received = c.received[n:]
		key, _ := request.Get("Sec-WebSocket-Key")
		response := wsproto.NewResponse(key)
		offers, _ := wsproto.ParseExtensions(request.Values(extensions))
		if answer, _, ok := deflate.Answer(offers); ok && compress {
			response.Fields = append(response.Fields, wsproto.Field{Name: extensions, Value: answer.String()})
			c.agree(response.Values(extensions))
		}
		c.sent = response.AppendTo(nil)
		c.flush()
		return true
	}
	return false
}

// agree takes the extensions of a response.
func (c *conversation) agree(values []string) {
	chosen, _ := wsproto.ParseExtensions(values)
	for _, e := range chosen {
		if answer, problems := deflate.ParseAnswer(e); len(problems) == 0 {
			agreed := answer.Client()
			if c.role == wsproto.Server {
				agreed = answer.Server()
			}
			c.deflater = deflate.NewCompressor(agreed)
		}
	}
}

// write gathers a frame, masked as it has to be.
func (c *conversation) write(f wsproto.Frame) {
	if f.Masked = c.role == wsproto.Client; f.Masked {
		key := c.rng.Uint32()
		f.Mask = [4]byte{byte(key >> 24), byte(key >> 16), byte(key >> 8), byte(key)}
	}
	c.sent = f.AppendTo(c.sent)
}

var sizes = []int{0, 1, 2, 7, 124, 125, 126, 127, 128, 1000, 65535, 65536, 70000}

// message gathers a message, in fragments and with control frames between them.
func (c *conversation) message() {
	op, payload := wsproto.OpText, []byte(strings.Repeat("κόσμε𐍈", 1+sizes[c.rng.IntN(len(sizes))]/14))
	if c.rng.IntN(2) == 0 {
		op, payload = wsproto.OpBinary, make([]byte, sizes[c.rng.IntN(len(sizes))])
		for i := range payload {
			payload[i] = byte(c.rng.Uint32())
		}
	}
	payload = c.question(op, payload)
	var rsv uint8
	if c.deflater != nil && c.rng.IntN(3) > 0 {
		payload, rsv = c.deflater.Message(nil, payload), 4
	}
	for first := true; ; first = false {
		n := len(payload)
		if n > 0 && c.rng.IntN(2) == 0 {
			n = c.rng.IntN(n)
		}
		f := wsproto.NewFrame(op, n == len(payload) && c.rng.IntN(4) > 0, payload[:n])
		if f.Rsv = rsv; !first {
			f.Rsv, f.Opcode = 0, wsproto.OpContinuation
		}
		c.write(f)
		if payload = payload[n:]; f.Fin {
			return
		}
		if c.rng.IntN(3) == 0 {
			c.ping()
		}
		if c.rng.IntN(4) == 0 {
			c.flush()
		}
	}
}

func (c *conversation) ping() {
	payload := make([]byte, []int{0, 1, 4, 8, 125}[c.rng.IntN(5)])
	for i := range payload {
		payload[i] = byte(c.rng.Uint32())
	}
	c.write(wsproto.NewFrame(wsproto.OpPing, true, payload))
}

// act does something.
func (c *conversation) act() {
	switch c.rng.IntN(12) {
	case 0, 1, 2, 3, 4:
		c.message()
	case 5, 6:
		c.ping()
	case 7:
		c.write(wsproto.NewFrame(wsproto.OpPong, true, []byte("unsolicited")))
	case 8:
		c.flush()
		c.settle()
		c.answer()
	case 9:
		if c.rng.IntN(6) < c.mischief {
			c.wrong()
		}
	default:
		c.flush()
	}
}

// wrong sends what the peer must not take, and asks whether it did.
func (c *conversation) wrong() {
	f := wsproto.NewFrame(wsproto.OpText, true, []byte("wrong"))
	switch c.rng.IntN(15) {
	case 0:
		f.Rsv = uint8(1 + c.rng.IntN(7))
		if f.Rsv&4 != 0 && c.deflater != nil {
			f.Opcode = wsproto.OpPing
		}
	case 1:
		f.Opcode = wsproto.Opcode(3 + c.rng.IntN(5))
	case 2:
		f.Opcode = wsproto.Opcode(11 + c.rng.IntN(5))
	case 3:
		f.Opcode = wsproto.OpContinuation
	case 4:
		f.Opcode, f.Fin = wsproto.Opcode(8+c.rng.IntN(3)), false
		f.Payload = wsproto.AppendClose(nil, wsproto.CloseNormal, "")
		f.Length = 2
	case 5:
		f = wsproto.NewFrame(wsproto.Opcode(8+c.rng.IntN(3)), true, append(wsproto.AppendClose(nil, wsproto.CloseNormal, ""), make([]byte, 124)...))
	case 6:
		f.Form = []wsproto.LengthForm{wsproto.Form16, wsproto.Form64}[c.rng.IntN(2)]
	case 7:
		f.Form, f.Length = wsproto.Form64, 1<<63
	case 8, 9:
		bad := []string{"\xff", "a\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80", "\xce", "\xf0\x9f\x98"}
		f = wsproto.NewFrame(wsproto.OpText, true, []byte(bad[c.rng.IntN(len(bad))]))
	case 10:
		f = wsproto.NewFrame(wsproto.OpClose, true, []byte{3})
	case 11:
		f = wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, wsproto.CloseNormal, "\xce"))
	case 12:
		codes := []wsproto.CloseCode{0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535}
		f = wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, codes[c.rng.IntN(len(codes))], ""))
	case 13:
		g := f
		g.Fin = false
		c.write(g)
	case 14:
		if f.Payload = []byte("\x07\x00"); c.deflater != nil {
			f.Rsv = 4
		} else {
			f.Opcode = wsproto.OpContinuation
		}
		f.Length = 2
	}
	c.write(f)
	if f.Length < 1<<63 {
		c.flush()
		c.settle()
		c.write(wsproto.NewFrame(wsproto.OpPing, true, []byte("did you take that?")))
		c.flush()
		c.settle()
	}
}

// answer answers what the peer sent: its pings and its close frame.
func (c *conversation) answer() {
	for _, f := range c.frames.Feed(c.received) {
		switch f.Opcode {
		case wsproto.OpPing:
			c.write(wsproto.NewFrame(wsproto.OpPong, true, f.Payload))
		case wsproto.OpClose:
			c.close(f.Payload)
		}
	}
	c.received = nil
}

func (c *conversation) close(payload []byte) {
	if !c.closed {
		c.closed = true
		c.write(wsproto.NewFrame(wsproto.OpClose, true, payload))
	}
}

// finish ends the conversation in one of the ways there are.
func (c *conversation) finish() {
	if how := c.rng.IntN(8); how == 0 {
		return
	} else if how > 1 {
		c.flush()
		c.settle()
		c.answer()
	}
	c.close(wsproto.AppendClose(nil, wsproto.CloseNormal, "so long"))
	c.flush()
	c.settle()
	if c.role == wsproto.Server && !c.ended {
		c.event(oracle.Event{Kind: oracle.EventSentEOF})
		_ = c.conn.CloseWrite()
		c.settle()
	}
}

// log shows the conversation.
func (c *conversation) log() string {
	var s strings.Builder
	var sent, received wsproto.Collector
	opened := [2]bool{}
	for i, ev := range c.trace.Events {
		fmt.Fprintf(&s, "%3d %v", i, ev.Kind)
		if (ev.Kind == oracle.EventSent || ev.Kind == oracle.EventReceived) && len(ev.Data) > 0 {
			frames := &sent
			if ev.Kind == oracle.EventReceived {
				frames = &received
			}
			data := ev.Data
			if !opened[ev.Kind] {
				head, rest, found := strings.Cut(string(data), "\r\n\r\n")
				opened[ev.Kind] = found
				fmt.Fprintf(&s, " %q", head)
				data = []byte(rest)
			}
			for _, f := range frames.Feed(data) {
				fmt.Fprintf(&s, " %v", f.Frame)
			}
		}
		s.WriteString("\n")
	}
	return s.String()
}
