package testee

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// Dialer makes connections as a client. Its zero value checks certificates
// against those that the system trusts.
type Dialer struct {
	// TLS is for wss; nil is the zero value. ServerName is added.
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
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	if u.Scheme == "ws" {
		var nd net.Dialer
		conn, err := nd.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "80")))
		return conn, u, err
	}
	config := new(tls.Config)
	if d.TLS != nil {
		config = d.TLS.Clone()
	}
	config.NextProtos = []string{"http/1.1"}
	td := tls.Dialer{Config: config}
	conn, err := td.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "443")))
	return conn, u, err
}

// parseURL reads a ws or wss URL (RFC 6455 3).
func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "ws" && u.Scheme != "wss" || u.Hostname() == "" || u.Fragment != "" {
		return nil, fmt.Errorf("URL %q: want ws://host:port/path or wss://host:port/path", raw)
	}
	return u, nil
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
	resp, rest, err := readHead(conn, wsproto.ParseResponse)
	switch {
	case err != nil:
		return nil, fmt.Errorf("opening handshake: %w", err)
	case resp.Status != 101:
		return nil, fmt.Errorf("opening handshake: status %d", resp.Status)
	}
	if problems := wsproto.CheckResponse(resp, req); len(problems) > 0 {
		return nil, fmt.Errorf("opening handshake: %v", problems[0])
	}
	return rest, conn.SetDeadline(time.Time{})
}

// Accept makes the server's half of the opening handshake on a connection that
// was accepted, within 5 s. Extensions and subprotocols are declined. more is
// added to the response.
func Accept(conn net.Conn, more ...wsproto.Field) (*Conn, error) {
	if err := conn.SetDeadline(time.Now().Add(openLimit)); err != nil {
		return nil, err
	}
	req, rest, err := readHead(conn, wsproto.ParseRequest)
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
	return newConn(conn, wsproto.Server, rest), conn.SetDeadline(time.Time{})
}

// readHead reads a request or a response by its parser, and returns what came
// after it.
func readHead[H any](conn net.Conn, parse func([]byte) (H, int, error)) (h H, rest []byte, err error) {
	var head []byte
	buf := make([]byte, readSize)
	for {
		n, rerr := conn.Read(buf)
		head = append(head, buf[:n]...)
		if n > 0 {
			h, size, err := parse(head)
			if err != nil || size > 0 {
				return h, head[size:], err
			}
		}
		if rerr != nil {
			return h, nil, rerr
		}
	}
}

// newMask returns a masking key that the peer cannot foresee (RFC 6455 5.3).
func newMask() (key [4]byte) {
	_, _ = rand.Read(key[:]) // it never fails
	return key
}
