package testee

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// Listener is a client of a [Broadcaster]: it sends a greeting now and then, and
// reports every message that comes.
type Listener struct {
	Dialer Dialer

	// Hello is the greeting, and Every the time between two; 0 means 2 s.
	Hello string
	Every time.Duration

	// Received is called with each message.
	Received func(op wsproto.Opcode, payload []byte)
}

// Run connects to a URL and listens until the connection ends. It returns nil
// where that was closed by both sides, as it is when ctx ends.
func (l *Listener) Run(ctx context.Context, url string) error {
	c, err := l.Dialer.Dial(ctx, url)
	if err != nil {
		return err
	}
	defer c.Drop()
	stop := context.AfterFunc(ctx, func() { _ = c.Close(wsproto.CloseGoingAway) })
	defer stop()
	greeting, end := context.WithCancel(ctx)
	greeted := make(chan struct{})
	go func() {
		defer close(greeted)
		l.greet(greeting, c)
	}()
	defer func() {
		end()
		<-greeted
	}()
	for {
		op, payload, err := c.Read()
		switch {
		case err == nil:
			l.Received(op, payload)
		case errors.Is(err, ErrClosed), ctx.Err() != nil:
			return nil
		default:
			return fmt.Errorf("the connection to %s ended without a closing handshake: %w", url, err)
		}
	}
}

// greet sends greetings until ctx ends or the connection does.
func (l *Listener) greet(ctx context.Context, c *Conn) {
	interval := l.Every
	if interval <= 0 {
		interval = 2 * time.Second
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if c.Write(wsproto.OpText, []byte(l.Hello)) != nil {
			return // the reader learns why
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
