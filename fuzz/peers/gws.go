package peers

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"sync"

	"github.com/lxzan/gws"

	"github.com/wscheck/wscheck/internal/engine"
)

// gwsLibrary adapts github.com/lxzan/gws, which works on the connection itself. With compression it keeps the context
// between messages in both directions.
func gwsLibrary(deflate bool) Library {
	compression := gws.PermessageDeflate{
		Enabled:               deflate,
		ServerContextTakeover: deflate,
		ClientContextTakeover: deflate,
	}
	// Made when first used: it holds a pool of compressors.
	upgrader := sync.OnceValue(func() *gws.Upgrader {
		return gws.NewUpgrader(gwsEcho{}, &gws.ServerOption{
			PermessageDeflate:   compression,
			CheckUtf8Enabled:    true,
			ReadMaxPayloadSize:  maxMessage,
			WriteMaxPayloadSize: maxMessage,
		})
	})
	lib := describe("gws", "github.com/lxzan/gws", deflate)
	lib.Server = func(conn net.Conn) {
		defer conn.Close()
		br := bufio.NewReader(conn)
		request, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		socket, err := upgrader().UpgradeFromConn(conn, br, request)
		if err != nil {
			return // UpgradeFromConn has answered the request
		}
		socket.ReadLoop()
	}
	lib.Client = func(ctx context.Context, dial engine.Dial, url string) error {
		conn, release, err := connect(ctx, dial, url)
		if err != nil {
			return err
		}
		defer release()
		var client gwsClient
		socket, _, err := gws.NewClientFromConn(&client, &gws.ClientOption{
			Addr:                url,
			PermessageDeflate:   compression,
			CheckUtf8Enabled:    true,
			ReadMaxPayloadSize:  maxMessage,
			WriteMaxPayloadSize: maxMessage,
		}, conn)
		if err != nil {
			return endOf(ctx, err)
		}
		socket.ReadLoop()
		if closed := new(gws.CloseError); errors.As(client.end, &closed) {
			return nil
		}
		return endOf(ctx, client.end)
	}
	return lib
}

// gwsEcho sends each message back. An error of a write needs no care: the library has then closed the connection.
type gwsEcho struct{ gws.BuiltinEventHandler }

// OnPing answers with the ping's payload, which the built-in handler leaves out (RFC 6455 section 5.5.3).
func (gwsEcho) OnPing(socket *gws.Conn, payload []byte) { _ = socket.WritePong(payload) }

// OnMessage sends the message back.
func (gwsEcho) OnMessage(socket *gws.Conn, message *gws.Message) {
	defer message.Close()
	_ = socket.WriteMessage(message.Opcode, message.Bytes())
}

// gwsClient is a gwsEcho that remembers how its one connection ended.
type gwsClient struct {
	gwsEcho
	end error
}

// OnClose keeps the reason, a *gws.CloseError after a close frame.
func (c *gwsClient) OnClose(_ *gws.Conn, err error) { c.end = err }
