package http2

import (
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Carrier carries WebSockets over HTTP/2. Over TLS it is agreed on by ALPN; without,
// the peer has to know that HTTP/2 is spoken (RFC 9113 3.3). Each WebSocket has a
// connection to itself.
var Carrier engine.Carrier = carrier{}

type carrier struct{}

func (carrier) Carrier() oracle.Carrier { return oracle.HTTP2 }

func (carrier) ALPN() string { return "h2" }

func (carrier) Open(role wsproto.Role, delivery oracle.Delivery, note func(oracle.Event)) engine.Stream {
	return newStream(role, delivery, note)
}

func (carrier) Cases(role wsproto.Role) []*catalogue.Case { return Cases(role) }
