package engine

import (
	"context"
	"sync"
	"testing"

	"github.com/wscheck/wscheck/internal/link"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// plain is what the peer did in a plain conversation, which some verdicts are
// compared with. There is one for all conversations with a peer, and it is had when
// it is first asked for.
type plain struct {
	once sync.Once
	did  *oracle.Plain
}

// of returns it; converse has the conversation of the case meeting, and returns nil
// where it cannot.
func (p *plain) of(converse func() *oracle.Plain) *oracle.Plain {
	p.once.Do(func() { p.did = converse() })
	return p.did
}

// plainOf returns what the peer did in a conversation that is over.
func plainOf(c *conversation) *oracle.Plain {
	did := &oracle.Plain{Scheme: "http"}
	record := c.ep.Record()
	if c.role == wsproto.Client && record.WasOpen && c.script.Handshake.Plain() {
		did.Request, _, _ = wsproto.ParseRequest(c.opening.request)
	}
	if c.to != nil && c.to.tls != nil {
		did.Scheme = "https"
	}
	if record.ClosedByMe && record.Remote != nil && record.Local != nil && record.Local.Code == wsproto.CloseNormal {
		code := record.Remote.Code
		did.Closed = code != wsproto.CloseProtocolError && code != wsproto.CloseInvalidPayload
	}
	return did
}

// plainly returns what the server did in a plain conversation, which it has where
// there was none before; nil where it cannot.
func (s *liveServer) plainly() *oracle.Plain {
	return s.plain.of(func() *oracle.Plain {
		if s.incoming != nil {
			return nil
		}
		cs := &meeting
		if s.dialect.Open() {
			cs = &wordless
		}
		c, err := s.converse(context.Background(), cs, 0)
		if err != nil {
			return nil
		}
		defer c.verdict() // frees the judge
		return plainOf(c)
	})
}

// plainly is that of the peer of a suite.
func (s *suite) plainly(t *testing.T) *oracle.Plain {
	return s.plain.of(func() *oracle.Plain {
		cs := &meeting
		if s.config.Dialect.Open() {
			cs = &wordless
		}
		p := s.bubble(cs).play(t)
		c := p.conversation
		if c == nil || p.leaked != nil {
			return nil
		}
		did := plainOf(c)
		c.verdict() // frees the judge
		link.InMemory(c.link).Release()
		c.release(false)
		return did
	})
}
