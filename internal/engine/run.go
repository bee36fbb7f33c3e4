package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/catalogue/data"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/store"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// DefaultJudge is the verdict that decides where a Config does not say.
const DefaultJudge = report.JudgeRFC

// UnreachableError reports that no connection to a peer could be made, or that the
// peer took none by the plain opening handshake: it cannot be tested.
type UnreachableError struct {
	URL string
	Err error
}

// Error names the peer and the reason.
func (e *UnreachableError) Error() string {
	if refused := new(untestable); errors.As(e.Err, &refused) {
		return fmt.Sprintf("%s cannot be tested: %v", e.URL, e.Err)
	}
	return fmt.Sprintf("%s is not reachable: %v", e.URL, e.Err)
}

// Unwrap returns the reason.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Run plays the configured cases with a peer and returns what was found. A
// peer that breaks every rule is no error; one that cannot be reached is an
// [*UnreachableError], and the report says so too. When ctx ends, Run returns
// the report of what was played by then, and its Stopped tells why.
func Run(ctx context.Context, target Target, config *Config) (*Report, error) {
	return RunAll(ctx, []Target{target}, config)
}

// RunAll is Run for several peers, one after the other, in one report. The
// errors of unreachable peers are joined.
func RunAll(ctx context.Context, targets []Target, config *Config) (*Report, error) {
	if config == nil {
		config = new(Config)
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	if len(targets) == 0 {
		return nil, errors.New("no target: there is nothing to test")
	}
	for _, t := range targets {
		if t.role() != targets[0].role() {
			return nil, errors.New("servers and clients cannot be tested in one run")
		}
		if err := t.check(); err != nil {
			return nil, err
		}
	}
	cases, err := config.cases(targets[0].role().Peer())
	if err != nil {
		return nil, err
	}
	if err := config.checkSelected(cases); err != nil {
		return nil, err
	}
	if config.Quick {
		cases = quick(cases)
	}
	r := &Report{Role: targets[0].role().Peer(), Started: time.Now(), Judge: config.judge(), Quick: config.Quick, Cases: cases, Shards: config.Shard.Parts(), Dir: config.ReportDir}
	playable := len(slices.DeleteFunc(slices.Clone(cases), func(cs *catalogue.Case) bool { return config.unsupported(cs) != "" }))
	progress := &progressMeter{config: config, total: playable * len(targets)}
	if config.ReportDir != "" {
		if progress.writer, err = store.Create(config.ReportDir, r); err != nil {
			return nil, err
		}
	}
	var errs []error
	for _, t := range targets {
		agent, err := t.run(ctx, config, cases, progress)
		if agent != nil {
			r.Agents = append(r.Agents, agent)
		}
		if err != nil {
			errs = append(errs, err)
		}
		if ctx.Err() != nil {
			r.Stopped = context.Cause(ctx).Error()
			break
		}
		if config.FailFast && r.Failed() {
			r.Stopped = "ended with the first case that failed"
			break
		}
	}
	r.Took = time.Since(r.Started)
	if err := progress.write(r); err != nil {
		errs = append(errs, err)
	}
	return r, errors.Join(errs...)
}

// quickMessages is how many messages a loop of a quick run has.
const quickMessages = 20

// quick shortens the loops of the bulk cases.
func quick(cases []*catalogue.Case) []*catalogue.Case {
	short := slices.Clone(cases)
	for i, cs := range short {
		if !cs.Bulk {
			continue
		}
		c := *cs
		c.Script.Steps = slices.Clone(c.Script.Steps)
		for k := range c.Script.Steps {
			if s := &c.Script.Steps[k]; s.Kind == oracle.StepEcho {
				s.Count = min(s.Count, quickMessages)
			}
		}
		short[i] = &c
	}
	return short
}

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

// progressMeter counts cases over all targets of a run, and writes their results
// as they come.
type progressMeter struct {
	config *Config
	writer *store.Writer // nil: nothing is written

	mu          sync.Mutex
	done, total int
	agents      map[string]bool // by name
	err         error           // of the first result that could not be written
}

// join adds an agent, under a name that none before it has.
func (p *progressMeter) join(agent *report.Agent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := agent.Name
	for n := 2; p.agents[agent.Name]; n++ {
		agent.Name = fmt.Sprintf("%s (%d)", name, n)
	}
	if p.agents == nil {
		p.agents = map[string]bool{}
	}
	p.agents[agent.Name] = true
	if p.writer != nil {
		p.note(p.writer.Describe(agent))
	}
}

// note keeps the first of several errors. p.mu is held.
func (p *progressMeter) note(err error) {
	if p.err == nil {
		p.err = err
	}
}

// write completes the report.
func (p *progressMeter) write(r *Report) error {
	if p.writer == nil {
		return nil
	}
	return errors.Join(p.err, p.writer.Update(r), p.writer.Close())
}

func (p *progressMeter) add(agent string, r *report.Result) {
	var err error
	if p.writer != nil {
		err = p.writer.Add(agent, r)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(err)
	p.done++
	if p.config.Progress != nil {
		p.config.Progress(Progress{Agent: agent, Result: r, Judge: p.config.judge(), Done: p.done, Total: p.total})
	}
}

// liveServer is a server that is reached over the network.
type liveServer struct {
	url     string
	command string // starts it, if not ""
	options *DialOptions

	endpoint *endpointURL
	port     string
	freePort bool // another one in each run
	process  *process
	local    *loopback // the peer is in this process, and there is no URL
	incoming *incoming // the peer is a client elsewhere, and there is no URL
	pace     *pace
	plain    plain
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
		if s.port, err = freePort(); err != nil {
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
	s.process, err = startProcess(ctx, s.command, s.port, s.endpoint.network, s.endpoint.address, s.options.Output)
	if err != nil {
		return nil, err
	}
	s.process.answers = s.answers
	return s.process.Stop, nil
}

// prepare takes from the configuration what all conversations have in common.
func (s *liveServer) prepare(config *Config) error {
	s.pace, s.tags.seed, s.dialect = config.newPace(), uint64(time.Now().UnixNano()), config.Dialect
	if err := CheckSpeech(s.dialect, s.role().Peer()); err != nil {
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
		err = s.meet(ctx, config)
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
	p := &party{
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

// conversation makes a conversation over conn.
func (s *liveServer) conversation(ctx context.Context, conn net.Conn, cs *catalogue.Case) *conversation {
	cs = cs.In(s.dialect, s.role().Peer())
	c := newConversation(ctx, s.role().Peer(), cs, newLiveLink(conn, s.pace), s.endpoint, s.pace, uint64(time.Now().UnixNano()))
	c.speak(s.dialect, cs)
	if cs.ID != meeting.ID {
		c.plain = s.plainly
	}
	c.tagWith(&s.tags, cs)
	if s.local != nil {
		c.sentTo(clientURL)
	}
	if isRandom(cs) {
		c.waitLimit = patience // a random script waits for what may never come
	}
	return c
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

// window is a piece of a test data set, and where the next one begins.
func window(source string, offset, n int) ([]byte, int) {
	return data.Window(source, offset, n), offset + n
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
		others := s.beside(ctx, cs)
		c.playUntil(ctx, conn)
		run.seeOff(c)
		others.join(c)
		if again || !c.disturbed() {
			return c, nil
		}
		first = c
	}
}

// playUntil plays the conversation over conn, and no longer than ctx lasts.
func (c *conversation) playUntil(ctx context.Context, conn net.Conn) {
	// A connection without time to read or write ends the conversation.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c.play()
}

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

// connectTries bounds how often a case is begun with a peer that keeps dying.
const connectTries = 4
