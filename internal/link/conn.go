package link

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// Dial connects to an address of a network, within ctx. An address without a listener refuses.
func Dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{
		KeepAlive: -1, // each wait has its end, and this saves four calls of the system
		Control:   shortenSegments,
	}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return refuseSelf(conn)
}

// refuseSelf returns conn, or the error of a refused connection if its two ends
// are one: where nobody listens on a port, and the system happens to choose the
// same one for our end, TCP connects it to itself.
func refuseSelf(conn net.Conn) (net.Conn, error) {
	local, ok := conn.LocalAddr().(*net.TCPAddr)
	remote, _ := conn.RemoteAddr().(*net.TCPAddr)
	if !ok || remote == nil || local.Port != remote.Port || !local.IP.Equal(remote.IP) {
		return conn, nil
	}
	NoLinger(conn) // else the port is not free for a while
	conn.Close()
	return nil, &net.OpError{Op: "dial", Net: remote.Network(), Addr: remote, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

// Rewind returns conn with octets that were read from it put back: they are read
// again first.
func Rewind(conn net.Conn, head []byte) net.Conn {
	return &rewound{Conn: conn, head: head}
}

// rewound is a connection some of whose octets are read twice. What a TCP
// connection can do beyond [net.Conn] goes through, TLS or not.
type rewound struct {
	net.Conn
	head []byte
}

func (r *rewound) Read(p []byte) (int, error) {
	if len(r.head) == 0 {
		return r.Conn.Read(p)
	}
	n := copy(p, r.head)
	r.head = r.head[n:]
	return n, nil
}

// CloseWrite ends the sending direction, if the connection has directions.
func (r *rewound) CloseWrite() error {
	if c, ok := r.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}

// SetLinger is that of [net.TCPConn].
func (r *rewound) SetLinger(sec int) error {
	if c, ok := underlying(r.Conn).(interface{ SetLinger(int) error }); ok {
		return c.SetLinger(sec)
	}
	return nil
}

// SetReadBuffer is that of [net.TCPConn].
func (r *rewound) SetReadBuffer(octets int) error {
	if c, ok := underlying(r.Conn).(interface{ SetReadBuffer(int) error }); ok {
		return c.SetReadBuffer(octets)
	}
	return nil
}

// NoLinger has a connection reset when it is closed, so that neither system
// keeps anything of it.
func NoLinger(conn net.Conn) {
	if c, ok := underlying(conn).(interface{ SetLinger(int) error }); ok {
		_ = c.SetLinger(0) // the close that follows is what matters
	}
}

// underlying returns the connection that TLS is spoken over, or conn itself.
func underlying(conn net.Conn) net.Conn {
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok {
		return t.NetConn()
	}
	return conn
}

// BrokenPipe reports whether a write failed because the peer had gone.
func BrokenPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, os.ErrClosed)
}
