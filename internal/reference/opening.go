package reference

import (
	"bytes"

	"github.com/wscheck/wscheck/wsproto"
)

// The names of the header fields of RFC 6455 11.3 that the endpoint looks at.
const (
	fieldKey        = "Sec-WebSocket-Key"
	fieldVersion    = "Sec-WebSocket-Version"
	fieldAccept     = "Sec-WebSocket-Accept"
	fieldProtocol   = "Sec-WebSocket-Protocol"
	fieldExtensions = "Sec-WebSocket-Extensions"
)

// readHead reads the peer's half of the opening handshake with parse, which is
// ParseRequest or ParseResponse, and leaves what follows it in the buffer. parse
// is called once more whenever a line may have ended.
func readHead[T any](e *endpoint, parse func([]byte) (T, int, error)) (head T, err error) {
	for seen := 0; ; {
		b := e.buffered()
		if seen == 0 || bytes.IndexByte(b[seen:], '\n') >= 0 || len(b) == inputSize {
			var n int
			if head, n, err = parse(b); n > 0 || err != nil {
				e.take(n)
				return head, err
			}
		}
		seen = len(b)
		if err := e.fill(); err != nil {
			return head, err
		}
	}
}

// greet sends an unsolicited pong, where the endpoint's freedom is to begin so.
func (e *endpoint) greet() error {
	if e.Freedom.Opening.Ping {
		if err := e.send(wsproto.NewFrame(wsproto.OpPing, true, []byte(noisePayload))); err != nil {
			return err
		}
	}
	if !e.Freedom.Opening.Greeting {
		return nil
	}
	return e.send(wsproto.NewFrame(wsproto.OpPong, true, []byte(noisePayload)))
}

// sendHead sends the endpoint's half of the opening handshake, alone unless its
// freedom joins it with the first frame.
func (e *endpoint) sendHead(b []byte) error {
	e.out = append(e.out, b...)
	if e.Freedom.Opening.WithFrame && e.role == wsproto.Server {
		return nil
	}
	return e.flush()
}
