package engine

import (
	"context"

	"github.com/wscheck/wscheck/internal/catalogue"
)

// probing is the shortest conversation.
var probing = catalogue.Case{ID: "wscheck/probe"}

// answers makes a connection and reports whether the peer sends anything on it.
func (s *liveServer) answers(ctx context.Context) bool {
	conn, _, err := s.connect(ctx)
	if err != nil {
		return false
	}
	c := s.conversation(ctx, conn, &probing)
	c.waitLimit = patience
	c.playUntil(ctx, conn)
	answered := c.received > 0
	c.verdict() // frees the judge
	return answered
}
