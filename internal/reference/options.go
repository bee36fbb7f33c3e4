package reference

import (
	"cmp"
	"errors"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// Options configures an endpoint. The zero value is a plain, prompt, conforming
// one without extensions.
type Options struct {
	// Subprotocols are those the endpoint speaks. A server takes the first one
	// of the client's list that is among them; a client offers them all.
	Subprotocols []string

	// Deflate is the policy for permessage-deflate (RFC 7692); nil means that
	// it is neither offered nor accepted.
	Deflate *Deflate

	// Fields are added to the opening handshake that the endpoint sends.
	Fields []wsproto.Field

	// MaxMessage is the largest message in octets, as the application sees it
	// and as it is on the wire. A larger one fails the connection with 1009.
	// 0 means 64 MiB.
	MaxMessage int64

	// The bounds of every wait; 0 means the default. HandshakeTimeout (10 s)
	// is for the whole opening handshake. IdleTimeout (5 min) is for a read;
	// when it is over, the endpoint starts the closing handshake with 1001.
	// WriteTimeout (30 s) is for a write to be taken by the peer. CloseTimeout
	// (5 s) is for the peer's close frame, after ours, and for the end of the
	// stream after both.
	HandshakeTimeout, IdleTimeout, WriteTimeout, CloseTimeout time.Duration

	// Freedom is what the endpoint does that the RFCs allow and few do.
	Freedom Freedom

	// Conduct, if not nil, is what the endpoint does with messages; nil means that
	// it echoes.
	Conduct *Conduct

	// Acts, if not nil, can have the endpoint act by itself.
	Acts *Acts

	// Mutant is the name of the one fault of the endpoint: see [Mutants]. ""
	// means none.
	Mutant string

	// Ended, if not nil, is called by [Serve] with the result of each
	// connection, from the connection's own goroutine.
	Ended func(error)
}

// The defaults of Options.
const (
	defaultMaxMessage       = 64 << 20
	defaultHandshakeTimeout = 10 * time.Second
	defaultIdleTimeout      = 5 * time.Minute
	defaultWriteTimeout     = 30 * time.Second
	defaultCloseTimeout     = 5 * time.Second
)

// withDefaults returns o with its zero values filled in.
func (o Options) withDefaults() Options {
	o.MaxMessage = cmp.Or(o.MaxMessage, defaultMaxMessage)
	o.HandshakeTimeout = cmp.Or(o.HandshakeTimeout, defaultHandshakeTimeout)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, defaultIdleTimeout)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, defaultWriteTimeout)
	o.CloseTimeout = cmp.Or(o.CloseTimeout, defaultCloseTimeout)
	return o
}

// Check reports what in o makes no sense: a mutant that does not exist or a
// negative bound. [Serve], [ServeConn] and [Connect] return its error before
// they touch a connection.
func (o Options) Check() error {
	if o.MaxMessage < 0 || min(o.HandshakeTimeout, o.IdleTimeout, o.WriteTimeout, o.CloseTimeout) < 0 {
		return errors.New("reference: a bound in the options is negative")
	}
	if o.Deflate != nil {
		if err := o.Deflate.check(); err != nil {
			return err
		}
	}
	return checkMutant(o.Mutant)
}
