package peers

import (
	"context"
	"io"
	"net"
	"net/http"

	"github.com/coder/websocket"

	"github.com/wscheck/wscheck/internal/engine"
)

// coderLibrary adapts github.com/coder/websocket. With compression it keeps the context between messages where the
// other side lets it.
func coderLibrary(deflate bool) Library {
	mode := websocket.CompressionDisabled
	if deflate {
		mode = websocket.CompressionContextTakeover
	}
	lib := describe("coder", "github.com/coder/websocket", deflate)
	lib.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true, CompressionMode: mode})
		if err != nil {
			return // Accept has answered the request
		}
		_ = coderEcho(context.Background(), conn) // the request's context is net/http's, which has let the connection go
	})
	lib.Server = engine.Handler(lib.handler)
	lib.Client = func(ctx context.Context, dial engine.Dial, url string) error {
		raw, release, err := connect(ctx, dial, url)
		if err != nil {
			return err
		}
		defer release()
		transport := &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) { return raw, nil },
		}
		defer transport.CloseIdleConnections() // after a refused handshake
		client := &http.Client{
			Transport: transport,
			// There is one connection, so a redirection is a refusal, as it is to the other libraries.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
		conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: client, CompressionMode: mode})
		if err != nil {
			return endOf(ctx, err)
		}
		err = coderEcho(ctx, conn)
		if websocket.CloseStatus(err) != -1 {
			return nil
		}
		return endOf(ctx, err)
	}
	return lib
}

// coderEcho copies each message into the next as it arrives, like the echo of the library's own conformance test. The
// library does not check UTF-8 and excludes those cases from that test. The error has a websocket.CloseStatus after a
// close frame, which the library has answered.
func coderEcho(ctx context.Context, conn *websocket.Conn) error {
	defer conn.Close(websocket.StatusInternalError, "") // no effect where the library has closed it
	conn.SetReadLimit(maxMessage)
	buf := make([]byte, 32<<10)
	for {
		typ, r, err := conn.Reader(ctx)
		if err != nil {
			return err
		}
		w, err := conn.Writer(ctx, typ)
		if err != nil {
			return err
		}
		if _, err := io.CopyBuffer(w, r, buf); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
}
