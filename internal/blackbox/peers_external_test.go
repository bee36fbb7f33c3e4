package blackbox_test

import (
	"context"
	"net"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/mutation"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/wsproto"
)

// peer is the reference endpoint in a role, over loopback.
func peer(role wsproto.Role, o reference.Options) engine.Target {
	if role == wsproto.Server {
		return engine.Server(func(conn net.Conn) { _ = reference.ServeConn(conn, o) })
	}
	return engine.ClientFunc(func(ctx context.Context, dial engine.Dial, url string) error {
		conn, err := dial(ctx, "tcp", "")
		if err != nil {
			return err
		}
		return reference.Connect(conn, url, o)
	})
}

// subject is a mutant as a peer.
func subject(s mutation.Subject) engine.Target {
	o := reference.Options{Deflate: new(reference.Deflate), Mutant: s.Name}
	if s.Subprotocols {
		o.Subprotocols = []string{"chat", "superchat"}
	}
	return peer(s.Role, o)
}
