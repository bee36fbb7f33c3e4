package peers

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"github.com/wscheck/wscheck/internal/engine"
)

// gorillaLibrary adapts github.com/gorilla/websocket. Its compression never keeps a context between messages.
func gorillaLibrary(deflate bool) Library {
	upgrader := websocket.Upgrader{
		EnableCompression: deflate,
		CheckOrigin:       func(*http.Request) bool { return true },
	}
	lib := describe("gorilla", "github.com/gorilla/websocket", deflate)
	lib.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return // Upgrade has answered the request
		}
		defer conn.Close()
		_ = gorillaEcho(conn)
	})
	lib.Server = engine.Handler(lib.handler)
	lib.Client = func(ctx context.Context, dial engine.Dial, url string) error {
		raw, release, err := connect(ctx, dial, url)
		if err != nil {
			return err
		}
		defer release()
		dialer := websocket.Dialer{
			EnableCompression: deflate,
			NetDialContext:    func(context.Context, string, string) (net.Conn, error) { return raw, nil },
		}
		conn, _, err := dialer.DialContext(ctx, url, nil)
		if err != nil {
			return endOf(ctx, err)
		}
		defer conn.Close()
		err = gorillaEcho(conn)
		// CloseAbnormalClosure is how the library reports an end without a close frame.
		if websocket.IsUnexpectedCloseError(err, websocket.CloseAbnormalClosure) {
			return nil
		}
		return endOf(ctx, err)
	}
	return lib
}

// gorillaEcho copies each message into the next as it arrives, like the library's own conformance test server, which
// also shows that UTF-8 is the user's to check. The error is a *websocket.CloseError after a close frame, which the
// library has answered.
func gorillaEcho(conn *websocket.Conn) error {
	conn.SetReadLimit(maxMessage)
	for {
		typ, r, err := conn.NextReader()
		if err != nil {
			return err
		}
		if typ == websocket.TextMessage {
			r = &textReader{src: r}
		}
		w, err := conn.NextWriter(typ)
		if err != nil {
			return err
		}
		if _, err := io.Copy(w, r); err != nil {
			if errors.Is(err, errInvalidText) {
				_ = conn.WriteControl(websocket.CloseMessage,
					websocket.FormatCloseMessage(websocket.CloseInvalidFramePayloadData, ""), time.Time{})
			}
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
}
