package engine

import (
	"io"
	"net"
	"time"

	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/wsproto"
)

// headLimit is how long a client may take over its request before we look at what came.
const headLimit = time.Second

// notFound answers a request for a page.
const notFound = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

// Arrival reads what a client sends first, and reports whether it has come for a WebSocket. One
// that asks for a page alone, as clients may before, is answered. A connection over which nothing
// comes may be one that is kept for later.
func Arrival(conn net.Conn) (head []byte, opens bool) {
	defer conn.SetReadDeadline(time.Time{})
	buf := make([]byte, 4<<10)
	for len(head) < wsproto.MaxHandshake {
		n, err := conn.Read(buf)
		if len(head) == 0 && n > 0 {
			_ = conn.SetReadDeadline(time.Now().Add(process.Stretch(headLimit)))
		}
		head = append(head, buf[:n]...)
		request, size, malformed := wsproto.ParseRequest(head)
		switch {
		case size > 0 && !Opens(request):
			_, _ = io.WriteString(conn, notFound)
			return head, false
		case size > 0, malformed != nil, err != nil:
			return head, len(head) > 0
		}
	}
	return head, true
}

// Opens reports whether a request is meant as an opening handshake, however wrong:
// what is missing from it is reported by the case. HTTP/2 begins with a request that has no field.
func Opens(request *wsproto.Request) bool {
	for _, name := range []string{"Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version"} {
		if _, n := request.Get(name); n > 0 {
			return true
		}
	}
	return request.Method == "PRI"
}
