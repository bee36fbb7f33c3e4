package engine

import (
	"cmp"
	"context"
	"net"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/wsproto"
)

// Target is a peer under test: see [URL], [Command], [Server] and [ClientFunc].
type Target interface {
	role() wsproto.Role // the peer's
	check() error
	run(context.Context, *Config, []*catalogue.Case, *progressMeter) (*report.Agent, error)
}

// URL is the server at a WebSocket URL: see [URLForms]. A URL of HTTP is an error
// that names the one to write.
func URL(url string, o *DialOptions) Target {
	if o == nil {
		o = new(DialOptions)
	}
	return &liveServer{url: url, options: o}
}

// Command is a server that is started for the test by a shell command, and
// again when it dies. It is told its port by the environment variable PORT. The
// URL may be "", which means ws://127.0.0.1:$PORT/, or have $PORT in it.
func Command(command, url string, o *DialOptions) Target {
	if o == nil {
		o = new(DialOptions)
	}
	return &liveServer{url: cmp.Or(url, "ws://127.0.0.1:$PORT/"), command: command, options: o}
}

// Server is a server in this process that is called with each connection, over
// the loopback interface. A panic of its own goroutine ends the case, and not
// the process. [TestServer] does without a network.
func Server(serve func(net.Conn)) Target {
	return &liveServer{options: new(DialOptions), local: &loopback{peer: localPeer{server: serve}}}
}

// ClientFunc is a client in this process that is called for each case, over the
// loopback interface. [TestClient] does without a network.
func ClientFunc(client Client) Target {
	return &liveServer{options: new(DialOptions), local: &loopback{peer: localPeer{client: client}}}
}

// Incoming is a client that connects to ln of its own accord, again and again,
// and echoes: each connection is one conversation, with our side as the server.
// ln is closed when the run is over. A client that has not connected within 30
// seconds is not reachable.
func Incoming(ln net.Listener) Target {
	return &liveServer{options: new(DialOptions), incoming: &incoming{ln: ln}}
}

// run plays the cases: first those that may run side by side, then those that
// measure time.
func (s *liveServer) run(ctx context.Context, config *Config, cases []*catalogue.Case, meter *progressMeter) (*report.Agent, error) {
	if err := s.prepare(config); err != nil {
		return nil, err
	}
	agent := &report.Agent{URL: s.url, Name: s.options.Agent}
	stop, err := s.start(ctx)
	if err == nil {
		defer stop()
		err = s.probe(ctx, config)
	}
	if err != nil {
		agent.Name = cmp.Or(agent.Name, s.unnamed())
		meter.join(agent)
		if ctx.Err() != nil {
			return agent, nil
		}
		agent.Unreachable = err.Error()
		return agent, &UnreachableError{URL: s.name(), Err: err}
	}
	agent.Name = cmp.Or(agent.Name, s.agent, s.unnamed())
	if !s.dialect.Echoes() {
		agent.Dialect = s.dialect.Name
	}
	if s.options.Carrier != nil {
		agent.Name += " over " + s.endpoint.over().String()
	}
	if config.Preflight != nil && ctx.Err() == nil {
		config.Preflight(s.preflight)
	}
	meter.join(agent)
	known, err := newDeviations(config.Known)
	if err != nil {
		return nil, err
	}
	p := &scheduler{
		server: s, config: config, agent: agent, meter: meter, known: known,
		doubts: doubts{most: config.plays(), judge: config.judge()}, gate: newGate(config.jobs()), left: make(chan struct{}),
	}
	p.playAll(ctx, cases)
	if s.process != nil {
		agent.PeakMemory = s.process.PeakMemory()
		agent.Deaths = s.process.Deaths()
	}
	if p.gone != nil {
		return agent, &UnreachableError{URL: s.name(), Err: p.gone}
	}
	return agent, nil
}

// UnknownServer is the name that Autobahn|Testsuite gives a server without one.
const UnknownServer = "UnknownServer"

// unnamed is the name of a peer that does not name itself: where it is, if that
// is the same in each run, or else its command.
func (s *liveServer) unnamed() string {
	switch {
	case s.options.Unnamed != "":
		return s.options.Unnamed
	case s.endpoint == nil || s.local != nil || s.incoming != nil:
		return UnknownServer
	case s.command != "" && s.freePort:
		return cmp.Or(programOf(s.command), UnknownServer)
	case s.endpoint.network == "unix":
		return cmp.Or(path.Base(s.endpoint.address), UnknownServer)
	}
	return s.endpoint.address
}

// programOf is the name of the program that a shell command starts, without
// the assignments before it.
func programOf(command string) string {
	words := strings.Fields(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == unicode.ReplacementChar {
			return ' '
		}
		return c
	}, command))
	for len(words) > 1 && (words[0] == "exec" || words[0] == "env" || strings.Contains(words[0], "=")) {
		words = words[1:]
	}
	if len(words) == 0 {
		return ""
	}
	return path.Base(strings.Trim(words[0], `'"`))
}

// Lacking is a target that has not all that others of the same run have: cases are not
// played with it that need one of the features, or a message of more than maxMessage
// octets; 0 means any. What [Config] says of all targets holds too.
func Lacking(target Target, features []Feature, maxMessage int) Target {
	return lackingTarget{target, features, maxMessage}
}

type lackingTarget struct {
	Target
	features   []Feature
	maxMessage int
}

func (l lackingTarget) check() error {
	if err := checkFeatures(l.features); err != nil {
		return err
	}
	return l.Target.check()
}

func (l lackingTarget) run(ctx context.Context, config *Config, cases []*catalogue.Case, meter *progressMeter) (*report.Agent, error) {
	c := *config
	c.Lacks = slices.Concat(c.Lacks, l.features)
	if c.MaxMessage == 0 || l.maxMessage > 0 && l.maxMessage < c.MaxMessage {
		c.MaxMessage = l.maxMessage
	}
	return l.Target.run(ctx, &c, cases, meter)
}
