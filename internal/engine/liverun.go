package engine

import (
	"cmp"
	"context"
	"net"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/oracle"
)

// liveRun is a run with one peer over real connections: how they are made, and what was
// learned of the peer.
type liveRun struct {
	connector
	options  *DialOptions
	endpoint *endpointURL
	process  *process.Process // that was started for the run; nil for none
	lives    lives            // of the process

	turns turns // of the conversations of a scheduler or a player

	act       func(context.Context, Act) error
	quick     bool
	timing    *timing
	plain     plainOnce
	tags      tags
	agent     string
	gate      *gate           // of the scheduler; nil for none
	dialect   *oracle.Dialect // nil: it is not known yet, or an echo
	preflight Preflight

	weighing bool // nobody else has conversations with the peer: it has long for the opening handshake

	met     *oracle.Plain // in the first conversation
	ponged  bool          // a ping was answered in the last one
	flooded bool          // and more was sent than is read
	ends    string        // and how the peer ended it, see [endedBy]

	greetings int // messages before an echo, in the last one

	picked  bool // the dialect is an echo, and the configuration does not say so
	checked checked
}

// newLiveRun returns a run that is not started yet, with what all its conversations
// take from the configuration.
func newLiveRun(c connector, endpoint *endpointURL, o *DialOptions, config *Config) (*liveRun, error) {
	if err := CheckSpeech(config.Dialect, c.role.Peer()); err != nil {
		return nil, err
	}
	carrier := config.Carrier
	if o.Carrier != nil {
		carrier = o.Carrier
	}
	s := &liveRun{
		connector: c, options: o, endpoint: endpoint.inDialect(config.Dialect).carry(carrier),
		timing: config.newTiming(), dialect: config.Dialect, act: config.Act, quick: config.Quick,
	}
	s.tags.seed = uint64(time.Now().UnixNano())
	return s, nil
}

// serverURL is that of the server, "" for a peer that is reached otherwise.
func (s *liveRun) serverURL() string {
	if s.reach == dialled {
		return s.name
	}
	return ""
}

// start makes the peer ready for connections.
func (s *liveRun) start(ctx context.Context) (stop func(), err error) {
	if s.ready == nil {
		return func() {}, nil
	}
	s.process, stop, err = s.ready(ctx, s.anyAnswer)
	return stop, err
}

// to is the endpoint for the next connection. The process may have another target each
// time that it is started.
func (s *liveRun) to() *endpointURL {
	if s.process == nil {
		return s.endpoint
	}
	target := s.process.Target()
	if target == "" {
		return s.endpoint
	}
	to := *s.endpoint
	to.target = target
	return &to
}

// connect makes a connection. run is the peer's side of it, where that is in
// this process.
func (s *liveRun) connect(ctx context.Context) (conn net.Conn, run *peerRun, err error) {
	return s.dial(ctx, s.endpoint)
}

// connectFor is connect for a case, which may be about the URL that a client in this process is
// given.
func (s *liveRun) connectFor(ctx context.Context, cs *catalogue.Case) (conn net.Conn, run *peerRun, err error) {
	if s.reach == inProcess && cs.URL != "" {
		return s.dial(ctx, &endpointURL{raw: cs.URL})
	}
	return s.connect(ctx)
}

// The bounds of one wait: with patience it is longer than the time after which
// the judge reports what a peer has not done.
const (
	playWait = oracle.DefaultPatience + oracle.DefaultPatience/4
	fastWait = 25 * time.Millisecond
)

// conversation makes a conversation over conn. brief says that it is one of very many: waits
// are bounded, random choices depend on the case alone, and the connection is reset at its
// end. Otherwise a minute of them would use up all ports.
func (s *liveRun) conversation(ctx context.Context, conn net.Conn, run *peerRun, cs *catalogue.Case, brief bool) *conversation {
	socket, seed := link.NewSocket(conn, s.timing.pieceGap), uint64(0)
	if socket.Abrupt = brief && (run == nil || run.guest == nil); !brief {
		seed = uint64(time.Now().UnixNano())
	}
	cs = cs.In(s.dialect, s.role.Peer())
	c := newConversation(ctx, s.role.Peer(), cs, socket, s.to(), s.timing, seed)
	c.speak(s.dialect, cs)
	if s.weighing {
		c.longOpen = openFactor * process.Stretch(livePatience)
	}
	c.options.Relayed = s.process == nil && run == nil // the peer is elsewhere, and there may be a proxy
	c.ask, c.at = s.act, Act{Address: conn.LocalAddr().String(), Server: conn.RemoteAddr().String()}
	if cs.ID != probeID {
		c.plain = s.plainly
	}
	c.tagging.begin(&s.tags, cs, c.options.Dialect)
	switch {
	case s.reach == inProcess:
		c.sentTo(cmp.Or(cs.URL, clientURL))
	case run != nil && run.guest != nil:
		run.guest.arrive(c)
	}
	if brief || isRandom(cs) {
		c.waitLimit = playWait // a random script waits for what may never come
	}
	return c
}

// converse connects and plays a case; again where its own probes may have
// disturbed the peer. Where patience is not 0, waits last so long at least.
func (s *liveRun) converse(ctx context.Context, cs *catalogue.Case, patience time.Duration) (*conversation, error) {
	var first *conversation
	for again := false; ; again = true {
		conn, run, err := s.connectFor(ctx, cs)
		switch {
		case err != nil && again:
			return first, nil // the peer is gone: that is what ended it
		case err != nil:
			return nil, err
		}
		c := s.conversation(ctx, conn, run, cs, false)
		c.settle.never = again || cs.Quiet || cs.Idle > 0 && !s.quick
		if patience > 0 {
			s.bePatient(c, patience)
		} else {
			c.gate = s.gate
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

// inLife calls have, which has the conversation of a case, in a life of the peer's process.
// It calls it again, in another life, where have fails because the process died before the
// connection, of what another case did to it. It returns the number of the life.
func (s *liveRun) inLife(ctx context.Context, cs *catalogue.Case, have func() (*conversation, error)) (c *conversation, life int, err error) {
	if ctx.Err() != nil {
		return nil, 0, context.Cause(ctx) // before it had its turn
	}
	for try := 1; ; try++ {
		if s.process != nil {
			if life, err = s.process.Ensure(ctx); err != nil {
				return nil, life, err
			}
		}
		s.lives.begin(life, s.process, cs)
		c, err = have()
		if err == nil || ctx.Err() != nil || s.process == nil || try == connectTries || !s.process.DiedIn(life) {
			return c, life, err
		}
	}
}

// converseAlive is converse with a process that is started again where it has died.
func (s *liveRun) converseAlive(ctx context.Context, cs *catalogue.Case, patience time.Duration) (c *conversation, life int, err error) {
	return s.inLife(ctx, cs, func() (*conversation, error) { return s.converse(ctx, cs, patience) })
}

// diedOf reports whether the peer's process died of a conversation in a life of its, and adds how
// to the conversation.
func (s *liveRun) diedOf(c *conversation, life int) bool {
	if s.process == nil || c.died != "" || !s.process.DiedIn(life) {
		return false
	}
	c.died = s.process.DeathReport()
	c.event(oracle.Event{Kind: oracle.EventPeerDied, Tag: c.died})
	return true
}

// startBeside begins the conversations besides one of the case over the network.
func (s *liveRun) startBeside(ctx context.Context, cs *catalogue.Case) *companions {
	if cs.Beside == 0 || s.reach == incomes {
		return nil
	}
	o := new(companions)
	cs = cs.In(s.dialect, s.role.Peer())
	for i := range cs.Beside {
		o.wg.Go(func() {
			conn, run, err := s.connect(ctx)
			if err != nil {
				return // that is for others to notice
			}
			c := s.conversation(ctx, conn, run, cs.Companion(i), false)
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
func (s *liveRun) plainly() *oracle.Plain {
	return s.plain.of(s.dialect.Open(), func(cs *catalogue.Case) *oracle.Plain {
		if s.reach == incomes {
			return nil
		}
		c, err := s.converse(context.Background(), cs, 0)
		if err != nil {
			return nil
		}
		defer c.verdict() // frees the judge
		return plainOf(c)
	})
}

// bePatient has a case played again: with patience, and compared with a plain conversation of now.
func (s *liveRun) bePatient(c *conversation, patience time.Duration) {
	c.bePatient(patience)
	if c.plain != nil {
		c.plain = s.plainNow
	}
}

// plainNow is plainly of a server that takes a plain request now: one that has a limit to
// connections, or to how often one is made, ends any of them.
func (s *liveRun) plainNow() *oracle.Plain {
	did := s.plainly()
	if did == nil || did.Request == nil || s.reach == incomes {
		return did
	}
	c, err := s.converse(context.Background(), &silentProbe, 0)
	if err == nil {
		defer c.verdict() // frees the judge
	}
	now := *did
	now.Fickle = err != nil || !c.ep.WasOpen
	return &now
}

// anyAnswer makes a connection and reports whether the peer sends anything on it.
func (s *liveRun) anyAnswer(ctx context.Context) bool {
	conn, _, err := s.connect(ctx)
	if err != nil {
		return false
	}
	c := s.conversation(ctx, conn, nil, &silentProbe, false)
	c.waitLimit = playWait
	c.playUntil(ctx, conn)
	answered := c.received > 0
	c.verdict() // frees the judge
	return answered
}
