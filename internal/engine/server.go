package engine

import (
	"context"
	"net"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// liveServer is a server that is reached over the network.
type liveServer struct {
	url     string
	command string // starts it, if not ""
	options *DialOptions

	endpoint *endpointURL
	port     string
	freePort bool // another one in each run
	process  *process.Process
	local    *loopback // the peer is in this process, and there is no URL
	incoming *incoming // the peer is a client elsewhere, and there is no URL
	timing   *timing
	plain    plainOnce
	tags     tags
	agent    string
	dialect  *oracle.Dialect // nil: it is not known yet, or an echo
	met      *oracle.Plain   // in the first conversation
	ponged   bool            // a ping was answered in the last one
	flooded  bool            // and more was sent than is read

	preflight Preflight
}

func (s *liveServer) role() wsproto.Role {
	switch {
	case s.local != nil:
		return s.local.peer.role()
	case s.incoming != nil:
		return wsproto.Client
	}
	return wsproto.Server
}

// name is what the target is called in errors.
func (s *liveServer) name() string {
	switch {
	case s.local != nil:
		return "the peer in this process"
	case s.incoming != nil:
		return "a client of " + s.incoming.ln.Addr().String()
	}
	return s.url
}

func (s *liveServer) check() (err error) {
	if s.local != nil || s.incoming != nil {
		s.endpoint = localEndpoint
		return nil
	}
	if s.command != "" && strings.Contains(s.url, "$PORT") {
		if s.port, err = process.FreePort(); err != nil {
			return err
		}
		s.freePort = true
		s.url = strings.ReplaceAll(s.url, "$PORT", s.port)
	}
	if s.endpoint, err = parseURL(s.url, s.options); err != nil {
		return err
	}
	if s.port == "" && s.endpoint.network == "tcp" {
		_, s.port, err = net.SplitHostPort(s.endpoint.address)
	}
	return err
}

// prepare takes from the configuration what all conversations have in common.
func (s *liveServer) prepare(config *Config) error {
	s.timing, s.tags.seed, s.dialect = config.newTiming(), uint64(time.Now().UnixNano()), config.Dialect
	if err := checkSpeech(s.dialect, s.role().Peer()); err != nil {
		return err
	}
	if s.local != nil {
		endpoint, err := config.local()
		if err != nil {
			return err
		}
		s.endpoint = endpoint
	}
	s.endpoint = s.endpoint.in(s.dialect)
	s.carry(config)
	return nil
}

// carry has the server's WebSockets carried as its options say, or the config.
func (s *liveServer) carry(config *Config) {
	carrier := config.Carrier
	if s.options.Carrier != nil {
		carrier = s.options.Carrier
	}
	s.endpoint = s.endpoint.carry(carrier)
}

// start starts the server's command, where it has one.
func (s *liveServer) start(ctx context.Context) (stop func(), err error) {
	if s.local != nil {
		return s.local.listen()
	}
	if s.incoming != nil {
		return s.incoming.listen()
	}
	if s.command == "" {
		return func() {}, nil
	}
	s.process, err = process.Start(ctx, process.Config{
		Command: s.command, Port: s.port, Network: s.endpoint.network, Address: s.endpoint.address,
		Output: s.options.Output, Answers: s.answers,
	})
	if err != nil {
		return nil, err
	}
	return s.process.Stop, nil
}

// connect makes a connection. run is the peer's side of it, where that is in
// this process.
func (s *liveServer) connect(ctx context.Context) (conn net.Conn, run *peerRun, err error) {
	if s.local != nil {
		return s.local.connect()
	}
	if s.incoming != nil {
		conn, err = s.incoming.accept(ctx)
		return conn, nil, err
	}
	conn, err = s.endpoint.dial(ctx)
	return conn, nil, err
}

// The bounds of one wait: with patience it is longer than the time after which
// the judge holds it against a peer that it has not done something.
const (
	playWait = oracle.DefaultPatience + oracle.DefaultPatience/4
	fastWait = 25 * time.Millisecond
)

// conversation makes a conversation over conn.
func (s *liveServer) conversation(ctx context.Context, conn net.Conn, cs *catalogue.Case) *conversation {
	cs = cs.In(s.dialect, s.role().Peer())
	c := newConversation(ctx, s.role().Peer(), cs, link.NewSocket(conn, s.timing.pieceGap), s.endpoint, s.timing, uint64(time.Now().UnixNano()))
	c.speak(s.dialect, cs)
	if cs.ID != plainProbe.ID {
		c.plain = s.plainly
	}
	c.tagging.begin(&s.tags, cs, c.options.Dialect)
	if s.local != nil {
		c.sentTo(clientURL)
	}
	if isRandom(cs) {
		c.waitLimit = playWait // a random script waits for what may never come
	}
	return c
}

// converse connects and plays a case; again where its own probes may have
// disturbed the peer. Where patience is not 0, waits last so long at least.
func (s *liveServer) converse(ctx context.Context, cs *catalogue.Case, patience time.Duration) (*conversation, error) {
	var first *conversation
	for again := false; ; again = true {
		conn, run, err := s.connect(ctx)
		switch {
		case err != nil && again:
			return first, nil // the peer is gone: that is what ended it
		case err != nil:
			return nil, err
		}
		c := s.conversation(ctx, conn, cs)
		c.settle.never = again || cs.Quiet
		if patience > 0 {
			c.bePatient(patience)
		}
		others := s.startBeside(ctx, cs)
		c.playUntil(ctx, conn)
		c.awaitReturn(run)
		others.join(c)
		if again || !c.disturbed() {
			return c, nil
		}
		first = c
	}
}

// connectTries bounds how often a case is begun with a peer that keeps dying.
const connectTries = 4

// converseAlive is converse with a process that is started again where it has
// died, also between its start and the connection: of what another case did to
// it. It returns the number of the process's life.
func (s *liveServer) converseAlive(ctx context.Context, cs *catalogue.Case, patience time.Duration) (c *conversation, life int, err error) {
	for try := 1; ; try++ {
		if s.process != nil {
			if life, err = s.process.Ensure(ctx); err != nil {
				return nil, life, err
			}
		}
		c, err = s.converse(ctx, cs, patience)
		if err == nil || s.process == nil || try == connectTries || !s.process.DiedIn(life) {
			return c, life, err
		}
	}
}

// startBeside begins the conversations besides one of the case over the network.
func (s *liveServer) startBeside(ctx context.Context, cs *catalogue.Case) *companions {
	if cs.Beside == 0 || s.incoming != nil {
		return nil
	}
	o := new(companions)
	for range cs.Beside {
		o.wg.Go(func() {
			conn, run, err := s.connect(ctx)
			if err != nil {
				return // that is for others to notice
			}
			c := s.conversation(ctx, conn, cs)
			c.settle.never = true
			c.playUntil(ctx, conn)
			c.awaitReturn(run)
			o.take(c)
		})
	}
	return o
}

// plainly returns what the server did in a plain conversation, which it has where
// there was none before; nil where it cannot.
func (s *liveServer) plainly() *oracle.Plain {
	return s.plain.of(func() *oracle.Plain {
		if s.incoming != nil {
			return nil
		}
		cs := &plainProbe
		if s.dialect.Open() {
			cs = &silentProbe
		}
		c, err := s.converse(context.Background(), cs, 0)
		if err != nil {
			return nil
		}
		defer c.verdict() // frees the judge
		return plainOf(c)
	})
}

// answers makes a connection and reports whether the peer sends anything on it.
func (s *liveServer) answers(ctx context.Context) bool {
	conn, _, err := s.connect(ctx)
	if err != nil {
		return false
	}
	c := s.conversation(ctx, conn, &aliveProbe)
	c.waitLimit = playWait
	c.playUntil(ctx, conn)
	answered := c.received > 0
	c.verdict() // frees the judge
	return answered
}

// aliveProbe is the shortest conversation.
var aliveProbe = catalogue.Case{ID: "wscheck/probe"}
