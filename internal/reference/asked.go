package reference

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
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

// NetworkOf returns the network of an address: that of a Unix socket has a slash.
func NetworkOf(address string) string {
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
	conn, err := d.DialContext(ctx, NetworkOf(address), address)
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
