package peers

import (
	"net"
	"net/http"

	"github.com/wscheck/wscheck/internal/accept"
)

// Serve serves each connection of ln with lib until ln is closed or fails, and returns that error; net.ErrClosed is
// among its causes where ln was closed. Connections under way are not waited for.
//
// A panic does what it would do in a program made with the library: net/http recovers those of its handlers and
// logs them, any other ends the process.
func Serve(ln net.Listener, lib Library) error {
	if lib.handler != nil {
		server := &http.Server{Handler: lib.handler, Protocols: new(http.Protocols)}
		// It is the only version with an upgrade to WebSocket (RFC 6455 section 4.1), and preparing the others costs
		// more than a whole conversation.
		server.Protocols.SetHTTP1(true)
		defer server.Close()
		return server.Serve(ln)
	}
	return accept.All(ln, nil, func(conn net.Conn) { go lib.Server(conn) }, nil)
}
