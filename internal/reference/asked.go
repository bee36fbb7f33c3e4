package reference

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/wscheck/wscheck/internal/accept"
	"github.com/wscheck/wscheck/wsproto"
)

// Asked is what [Acts.Do] is asked to do, by another process.
type Asked struct {
	Address, Do, Reason string
	Code                wsproto.CloseCode
}

// Bounds of what is asked, and of the answer.
const (
	maxAsked   = 1 << 20
	askedLimit = 10 * time.Second
)

// Serve takes what other processes ask, until ctx is done, and closes ln. See [Ask].
func (a *Acts) Serve(ctx context.Context, ln net.Listener) error {
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	defer ln.Close()
	return accept.All(ln, ctx.Done(), func(conn net.Conn) {
		go func() {
			defer conn.Close()
			ctx, cancel := context.WithTimeout(ctx, askedLimit)
			defer cancel()
			_ = conn.SetDeadline(time.Now().Add(askedLimit))
			var asked Asked
			err := json.NewDecoder(io.LimitReader(conn, maxAsked)).Decode(&asked)
			if err == nil {
				err = a.Do(ctx, asked.Address, asked.Do, asked.Code, asked.Reason)
			}
			answer := ""
			if err != nil {
				answer = err.Error()
			}
			_ = json.NewEncoder(conn).Encode(answer)
		}()
	}, nil)
}

// ListenActs listens at an address for [Acts.Serve]. Where it is a Unix socket that an
// endpoint left which was killed, it takes its place.
func ListenActs(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	network := networkOf(address)
	ln, err := lc.Listen(ctx, network, address)
	if network != "unix" || !errors.Is(err, syscall.EADDRINUSE) {
		return ln, err
	}
	if info, at := os.Lstat(address); at != nil || info.Mode().Type() != os.ModeSocket {
		return nil, err
	}
	var d net.Dialer
	if conn, err := d.DialContext(ctx, network, address); err == nil {
		conn.Close()
		return nil, syscall.EADDRINUSE
	}
	if os.Remove(address) != nil {
		return nil, err
	}
	return lc.Listen(ctx, network, address)
}

// networkOf returns the network of an address: that of a Unix socket has a slash.
func networkOf(address string) string {
	if strings.Contains(address, "/") {
		return "unix"
	}
	return "tcp"
}

// Ask has an endpoint of another process act, which takes requests at an address by
// [Acts.Serve].
func Ask(ctx context.Context, address string, asked Asked) error {
	ctx, cancel := context.WithTimeout(ctx, askedLimit)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, networkOf(address), address)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(askedLimit))
	if err := json.NewEncoder(conn).Encode(asked); err != nil {
		return err
	}
	var answer string
	if err := json.NewDecoder(io.LimitReader(conn, maxAsked)).Decode(&answer); err != nil {
		return err
	}
	if answer != "" {
		return errors.New(answer)
	}
	return nil
}
