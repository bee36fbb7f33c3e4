package peers

import (
	"context"
	"net"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/wsurl"
)

// connect dials the host of target, and closes the connection when ctx ends, which most libraries do not heed after the opening
// handshake. The caller calls release when it is done.
func connect(ctx context.Context, dial engine.Dial, target string) (conn net.Conn, release func(), err error) {
	u, err := wsurl.Parse(target)
	if err != nil {
		return nil, nil, err
	}
	conn, err = dial(ctx, "tcp", wsurl.Address(u))
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	return conn, func() {
		stop()
		conn.Close()
	}, nil
}

// endOf returns err, or the cause of ctx's end, if that ended the connection.
func endOf(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
