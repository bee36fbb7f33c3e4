package reference_test

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/testpipe"
	"github.com/wscheck/wscheck/wsproto"
)

// pipeLimit is how many octets an endpoint may leave unread before writes to it fail.
const pipeLimit = 1 << 20

// conversation is a hand-written peer, and the endpoint that it is connected to. All takes
// place in a synctest bubble, where it is known when the endpoint has nothing
// more to do.
type conversation struct {
	t          testing.TB
	role       wsproto.Role // the endpoint's
	conn       *testpipe.End
	ended      chan error
	err        error // the endpoint's result, once it has ended
	gone       bool
	sent       int                 // frames
	compressor *deflate.Compressor // made when it is needed
	all        []byte              // octets of the endpoint so far
	early      int                 // of them, those after the opening handshake that came with it
}

// errPanicked is the result of an endpoint that panicked.
var errPanicked = errors.New("panicked")

// errExited is the result of an endpoint whose goroutine ended on the way.
var errExited = errors.New("exited")

// seed makes the octets of an endpoint repeatable.
const seed = 1

const testURL = "ws://[::1]:9001/echo?a=b"

// start runs an endpoint; the opening handshake is still to be made.
func start(t testing.TB, role wsproto.Role, o reference.Options) *conversation {
	t.Helper()
	if o.Freedom.Seed == 0 {
		o.Freedom.Seed = seed
	}
	ours, theirs := testpipe.New(pipeLimit)
	c := &conversation{t: t, role: role, conn: ours, ended: make(chan error, 1)}
	go func() {
		err := errExited
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("%w: %v", errPanicked, r)
			}
			if errors.Is(err, errPanicked) || errors.Is(err, errExited) {
				theirs.Close()
			}
			c.ended <- err
		}()
		if role == wsproto.Server {
			err = reference.ServeConn(theirs, o)
		} else {
			err = reference.Connect(theirs, testURL, o)
		}
	}()
	return c
}

// quiet waits until the endpoint has nothing more to do, and returns what it
// has sent since the last time.
func (c *conversation) quiet() []byte {
	c.t.Helper()
	synctest.Wait()
	b, _ := c.conn.Drain()
	c.all = append(c.all, b...)
	return b
}

// say sends octets and returns what they make the endpoint send.
func (c *conversation) say(b []byte) []byte {
	c.t.Helper()
	c.conn.Write(b)
	return c.quiet()
}

// hangUp ends the connection and waits for the endpoint's result.
func (c *conversation) hangUp() error {
	c.t.Helper()
	if !c.gone {
		c.conn.CloseWrite()
		c.quiet()
		c.gone = true
		c.err = <-c.ended
		c.conn.Close()
	}
	return c.err
}

const testKey = "BwYFBAMCAQAPDg0MCwoJCA=="

func request(more ...wsproto.Field) *wsproto.Request {
	return wsproto.NewRequest("example.com", "/echo", testKey, more...)
}

// open makes the opening handshake with these fields added to our half, and
// returns the endpoint's half.
func (c *conversation) open(more ...wsproto.Field) []byte {
	c.t.Helper()
	if c.role == wsproto.Server {
		return c.say(request(more...).AppendTo(nil))
	}
	b := c.quiet()
	c.conn.Write(c.answer(b, more...).AppendTo(nil))
	c.quiet()
	return b
}

// answer returns the response to the endpoint's request.
func (c *conversation) answer(b []byte, more ...wsproto.Field) *wsproto.Response {
	c.t.Helper()
	req, n, err := wsproto.ParseRequest(b)
	if err != nil || n != len(b) {
		c.t.Fatalf("request %q: %d of %d octets, %v", b, n, len(b), err)
	}
	key, _ := req.Get("Sec-WebSocket-Key")
	return wsproto.NewResponse(key, more...)
}

// frame returns a frame that we send, masked as our role demands, with a key
// that no other frame of the conversation has.
func (c *conversation) frame(h wsproto.Header, payload string) []byte {
	h.Length |= uint64(len(payload))
	c.sent++
	h.Masked, h.Mask = c.role == wsproto.Server != h.Masked, [4]byte{0x37, byte(c.sent), 0x21, byte(c.sent >> 8)}
	return wsproto.Frame{Header: h, Payload: []byte(payload)}.AppendTo(nil)
}

// words are frames in the notation of frames.
func (c *conversation) words(s string) (b []byte) {
	c.t.Helper()
	for word := range strings.FieldsSeq(s) {
		b = append(b, c.word(word)...)
	}
	return b
}

// word returns the frame that a word names: an opcode's letter (t b c for data,
// C P O for close, ping and pong, or a hexadecimal digit after x), and then:
//
//   - FIN is not set
//     1 2 3  that reserved bit is set
//     z      compressed, with RSV1
//     u      masked if our role demands the opposite
//     m M    the length in 16 or in 64 bits
//     ^      the most significant bit of the length is set
//     *N     a payload of N octets
//     :x     the payload x, with the escapes of a Go string
func (c *conversation) word(word string) []byte {
	c.t.Helper()
	spec, payload, _ := strings.Cut(word, ":")
	payload = unescape(c.t, payload)
	if spec == "raw" {
		return []byte(payload)
	}
	spec, size, ok := strings.Cut(spec, "*")
	if ok {
		n, err := strconv.Atoi(size)
		if err != nil {
			c.t.Fatalf("bad word %q", word)
		}
		payload = strings.Repeat("abcdefghijklmnopqrstuvwxyz!", n/27+1)[:n]
	}
	h := wsproto.Header{Fin: true}
	for i := 0; i < len(spec); i++ {
		switch spec[i] {
		case 't':
			h.Opcode = wsproto.OpText
		case 'b':
			h.Opcode = wsproto.OpBinary
		case 'c':
			h.Opcode = wsproto.OpContinuation
		case 'C':
			h.Opcode = wsproto.OpClose
		case 'P':
			h.Opcode = wsproto.OpPing
		case 'O':
			h.Opcode = wsproto.OpPong
		case 'x':
			i++
			h.Opcode = wsproto.Opcode(strings.IndexByte("0123456789abcdef", spec[i]))
		case '-':
			h.Fin = false
		case '1':
			h.Rsv |= 4
		case '2':
			h.Rsv |= 2
		case '3':
			h.Rsv |= 1
		case 'z':
			h.Rsv |= 4
			if c.compressor == nil {
				c.compressor = deflate.NewCompressor(deflate.Stream{})
			}
			payload = string(c.compressor.Message(nil, []byte(payload)))
		case 'u':
			h.Masked = true
		case 'm':
			h.Form = wsproto.Form16
		case 'M':
			h.Form = wsproto.Form64
		case '^':
			h.Form = wsproto.Form64
			h.Length = 1 << 63
		default:
			c.t.Fatalf("bad word %q", word)
		}
	}
	return c.frame(h, payload)
}

// frames describes octets as frames, in the notation of word.
func frames(b []byte) string {
	whole, rest := wsproto.ParseFrames(b)
	var s []string
	for _, f := range whole {
		s = append(s, describe(f))
	}
	if len(rest) > 0 {
		s = append(s, fmt.Sprintf("+%x", rest))
	}
	return strings.Join(s, " ")
}

func describe(f wsproto.Frame) string {
	var s strings.Builder
	switch f.Opcode {
	case wsproto.OpText, wsproto.OpBinary, wsproto.OpContinuation:
		s.WriteByte("ctb"[f.Opcode])
	case wsproto.OpClose, wsproto.OpPing, wsproto.OpPong:
		s.WriteByte("CPO"[f.Opcode-wsproto.OpClose])
	default:
		s.WriteString("x" + string("0123456789abcdef"[f.Opcode]))
	}
	if !f.Fin {
		s.WriteByte('-')
	}
	for i, bit := range []uint8{4, 2, 1} {
		if f.Rsv&bit != 0 {
			s.WriteByte("123"[i])
		}
	}
	if len(f.Payload) > 0 {
		s.WriteString(":" + escape(f.Payload))
	}
	return s.String()
}

// closed splits what an endpoint sent into frames, of which the last is a close
// frame with a code and perhaps a reason, which is cut.
func closed(t testing.TB, b []byte) string {
	t.Helper()
	s := frames(b)
	i := strings.LastIndex(s, "C")
	if i < 0 {
		return s
	}
	last := s[i:]
	if len(last) > len(`C:\x03\xea`) {
		last = last[:len(`C:\x03\xea`)]
	}
	return s[:i] + last
}

// cut returns b in pieces of n octets.
func cut(b []byte, n int) (pieces [][]byte) {
	for len(b) > n {
		pieces = append(pieces, b[:n])
		b = b[n:]
	}
	return append(pieces, b)
}

// mustOpen opens and checks that the handshake is done.
func (c *conversation) mustOpen(more ...wsproto.Field) {
	c.t.Helper()
	b := c.open(more...)
	if c.role == wsproto.Server && !bytes.HasPrefix(b, []byte("HTTP/1.1 101 ")) {
		c.t.Fatalf("opening handshake: got %q, want a status of 101", b)
	}
}

// escape writes a payload as in a word: without blanks, long runs elided.
func escape(b []byte) string {
	s := strconv.QuoteToASCII(string(b))
	return strings.ReplaceAll(s[1:len(s)-1], " ", `\x20`)
}

// unescape is the inverse of escape.
func unescape(t testing.TB, s string) string {
	t.Helper()
	u, err := strconv.Unquote(`"` + s + `"`)
	if err != nil {
		t.Fatalf("bad payload %q: %v", s, err)
	}
	return u
}

// offerDeflate and answerDeflate agree on permessage-deflate.
var (
	offerDeflate = wsproto.Field{
		Name: "Sec-WebSocket-Extensions", Value: "permessage-deflate; client_max_window_bits",
	}
	answerDeflate = wsproto.Field{Name: "Sec-WebSocket-Extensions", Value: "permessage-deflate"}
)

// openDeflate makes the opening handshake with permessage-deflate, and notes
// what frames came with it.
func (c *conversation) openDeflate() {
	c.t.Helper()
	if c.role == wsproto.Server {
		b := c.open(offerDeflate)
		_, n, err := wsproto.ParseResponse(b)
		if n == 0 {
			c.t.Fatalf("response %q: %v", b, err)
		}
		c.early = len(b) - n
		return
	}
	n := len(c.open(answerDeflate))
	c.early = len(c.all) - n
}

// kindsOf is frames without the payloads of data frames, and with close frames
// cut after the code.
func kindsOf(frames string) string {
	var kinds []string
	for word := range strings.FieldsSeq(frames) {
		switch kind, _, _ := strings.Cut(word, ":"); kind {
		case "C":
			kinds = append(kinds, word[:min(len(word), len(closed1002))])
		default:
			kinds = append(kinds, kind)
		}
	}
	return strings.Join(kinds, " ")
}
