package testee

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/wscheck/wscheck/internal/httphead"
	"github.com/wscheck/wscheck/internal/wsurl"
	"github.com/wscheck/wscheck/wsproto"
)

// Dialer makes connections as a client. Its zero value checks certificates
// against those that the system trusts.
type Dialer struct {
	// TLS is for wss; nil is the zero value. ServerName is added, and http/1.1
	// if it names no protocol.
	TLS *tls.Config

	// Fields are added to the opening handshake.
	Fields wsproto.Fields
}

// DialTCP connects to the host of a ws or wss URL, and makes the TLS handshake
// where that asks for it. The opening handshake is the caller's.
func (d *Dialer) DialTCP(ctx context.Context, rawURL string) (net.Conn, error) {
	conn, _, err := d.dialTCP(ctx, rawURL)
	return conn, err
}

func (d *Dialer) dialTCP(ctx context.Context, rawURL string) (net.Conn, *url.URL, error) {
	u, err := wsurl.Parse(rawURL)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	if u.Scheme == "ws" {
		var nd net.Dialer
		conn, err := nd.DialContext(ctx, "tcp", wsurl.Address(u))
		return conn, u, err
	}
	config := new(tls.Config)
	if d.TLS != nil {
		config = d.TLS.Clone()
	}
	if config.NextProtos == nil {
		config.NextProtos = []string{"http/1.1"}
	}
	td := tls.Dialer{Config: config}
	conn, err := td.DialContext(ctx, "tcp", wsurl.Address(u))
	return conn, u, err
}

// Dial makes a connection to a ws or wss URL: TCP, TLS and the opening
// handshake, within 5 s in all.
func (d *Dialer) Dial(ctx context.Context, rawURL string) (*Conn, error) {
	conn, u, err := d.dialTCP(ctx, rawURL)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	rest, err := request(conn, u, d.Fields)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return newConn(conn, wsproto.Client, rest), nil
}

// request makes the client's half of the opening handshake (RFC 6455 4.1), and
// returns what came after the server's.
func request(conn net.Conn, u *url.URL, more wsproto.Fields) (rest []byte, err error) {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // it never fails
	req := wsproto.NewRequest(u.Host, u.RequestURI(), base64.StdEncoding.EncodeToString(nonce[:]), more...)
	if err := conn.SetDeadline(time.Now().Add(openLimit)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(req.AppendTo(nil)); err != nil {
		return nil, err
	}
	resp, read, size, err := httphead.Read(conn, wsproto.ParseResponse)
	switch {
	case err != nil:
		return nil, fmt.Errorf("opening handshake: %w", err)
	case resp.Status != 101:
		return nil, fmt.Errorf("opening handshake: status %d", resp.Status)
	}
	if problems := wsproto.CheckResponse(resp, req); len(problems) > 0 {
		return nil, fmt.Errorf("opening handshake: %v", problems[0])
	}
	return read[size:], conn.SetDeadline(time.Time{})
}

// Accept makes the server's half of the opening handshake on a connection that
// was accepted, within 5 s. Extensions and subprotocols are declined. more is
// added to the response.
func Accept(conn net.Conn, more ...wsproto.Field) (*Conn, error) {
	if err := conn.SetDeadline(time.Now().Add(openLimit)); err != nil {
		return nil, err
	}
	req, read, size, err := httphead.Read(conn, wsproto.ParseRequest)
	if err != nil {
		return nil, fmt.Errorf("opening handshake: %w", err)
	}
	if problems := wsproto.CheckRequest(req); len(problems) > 0 {
		_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\nSec-WebSocket-Version: 13\r\n\r\n"))
		return nil, fmt.Errorf("opening handshake: %v", problems[0])
	}
	key, _ := req.Get("Sec-WebSocket-Key")
	if _, err := conn.Write(wsproto.NewResponse(key, more...).AppendTo(nil)); err != nil {
		return nil, err
	}
	return newConn(conn, wsproto.Server, read[size:]), conn.SetDeadline(time.Time{})
}

// newMask returns a masking key that the peer cannot foresee (RFC 6455 5.3).
func newMask() (key [4]byte) {
	_, _ = rand.Read(key[:]) // it never fails
	return key
}
