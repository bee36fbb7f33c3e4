package blackbox_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/blackbox"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/servetest"
	"github.com/wscheck/wscheck/wsproto"
)

// TestNoEcho plays with a server that echoes one message and closes the connection. Nothing is found: the run ends with
// an error that says why.
func TestNoEcho(t *testing.T) {
	once := func(conn net.Conn) {
		_ = reference.ServeConn(&closer{Conn: conn}, reference.Options{})
	}
	var unreachable *engine.UnreachableError
	o, err := blackbox.Run(t.Context(), blackbox.Options{
		Target: engine.URL("ws://"+servetest.Serve(t, once)+"/", nil), Seed: 1, Scripts: 500,
	})
	if o != nil || !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "--dialect none") {
		t.Errorf("got %+v, %v", o, err)
	}
}

// closer adds a close frame to the first message that is written, and writes nothing after it.
type closer struct {
	net.Conn
	over bool
}

func (c *closer) Write(b []byte) (int, error) {
	if c.over {
		return len(b), nil
	}
	if len(b) > 0 && b[0]&0x80 != 0 && wsproto.Opcode(b[0]&0xf).IsData() {
		c.over = true
		b = wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, wsproto.CloseNormal, "")).AppendTo(b)
	}
	return c.Conn.Write(b)
}
