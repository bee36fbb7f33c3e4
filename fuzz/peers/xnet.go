package peers

import (
	"context"
	"errors"
	"io"

	"github.com/wscheck/wscheck/internal/engine"
	"golang.org/x/net/websocket"
)

// xnetLibrary adapts golang.org/x/net/websocket, which has no compression and gives its user frames, not messages: a
// fragmented message comes back in as many messages as it had frames.
func xnetLibrary() Library {
	lib := describe("xnet", "golang.org/x/net", false)
	lib.handler = websocket.Server{Handler: func(conn *websocket.Conn) { _ = xnetEcho(conn) }} // asks for no Origin
	lib.Server = engine.Handler(lib.handler)
	lib.Client = func(ctx context.Context, dial engine.Dial, url string) error {
		config, err := websocket.NewConfig(url, "http://localhost/")
		if err != nil {
			return err
		}
		raw, release, err := connect(ctx, dial, url)
		if err != nil {
			return err
		}
		defer release()
		conn, err := websocket.NewClient(config, raw)
		if err != nil {
			return endOf(ctx, err)
		}
		return endOf(ctx, xnetEcho(conn))
	}
	return lib
}

// xnetFrame is the payload of a data frame, and whether it is text.
type xnetFrame struct {
	text    bool
	payload []byte
}

// xnetCodec reads and writes *xnetFrame, since the library's own codecs do not distinguish text from binary.
var xnetCodec = websocket.Codec{
	Marshal: func(v any) ([]byte, byte, error) {
		frame := v.(*xnetFrame)
		if frame.text {
			return frame.payload, websocket.TextFrame, nil
		}
		return frame.payload, websocket.BinaryFrame, nil
	},
	Unmarshal: func(payload []byte, opcode byte, v any) error {
		*v.(*xnetFrame) = xnetFrame{text: opcode == websocket.TextFrame, payload: payload}
		return nil
	},
}

// xnetEcho sends each frame back. Closing conn is what answers a close frame: the library does not do it by itself.
// It returns nil at the end of the stream, which the library does not distinguish from a close frame.
func xnetEcho(conn *websocket.Conn) error {
	defer conn.Close()
	conn.MaxPayloadBytes = maxMessage
	for {
		var frame xnetFrame
		if err := xnetCodec.Receive(conn, &frame); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := xnetCodec.Send(conn, &frame); err != nil {
			return err
		}
	}
}
