package engine

import (
	"context"
	"net"
)

// Started is a server that a command is.
type Started struct{ process *process }

// Start starts a command by the shell that listens on 127.0.0.1 and the port of its
// environment variable PORT, and waits until it does.
func Start(ctx context.Context, command string) (*Started, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	p, err := startProcess(ctx, command, port, "tcp", net.JoinHostPort("127.0.0.1", port), nil)
	if err != nil {
		return nil, err
	}
	return &Started{p}, nil
}

// Dial connects to the server, which is started again if it has ended.
func (s *Started) Dial(ctx context.Context) (net.Conn, error) {
	if _, err := s.process.Ensure(ctx); err != nil {
		return nil, err
	}
	return s.process.dial(ctx)
}

// Deaths is how often the server has ended by itself.
func (s *Started) Deaths() int { return s.process.Deaths() }

// Stop ends the server and what it started.
func (s *Started) Stop() { s.process.Stop() }
