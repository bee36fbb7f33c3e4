package fuzzingserver

import (
	"cmp"
	"context"
	"errors"
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/accept"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/wsproto"
)

// Server serves the cases. Its methods may be called side by side.
type Server struct {
	config  Config
	started time.Time
	listing *listing
	agents  *agents
	writer  *writer
	notes   *notes
	door    *door

	stopOnce sync.Once
	stopped  chan struct{}
}

// New returns a server. Errors are about what in the config makes no sense, or
// about a report that cannot be written where it should be.
func New(config *Config) (*Server, error) {
	config = cmp.Or(config, new(Config))
	if err := config.check(); err != nil {
		return nil, err
	}
	cases, err := engine.Plan(wsproto.Client, &config.Config)
	if err != nil {
		return nil, err
	}
	if len(cases) == 0 {
		return nil, errors.New("no case is selected")
	}
	s := &Server{config: *config, started: time.Now(), listing: newListing(cases), stopped: make(chan struct{})}
	s.config.Judge = cmp.Or(config.Judge, engine.DefaultJudge)
	s.agents = &agents{max: cmp.Or(config.MaxAgents, defaultMaxAgents), config: &s.config.Config, cases: cases, left: make(chan struct{}, 1)}
	s.writer, err = newWriter(config.ReportDir, s.blankReport(), 2*s.agents.max)
	if err != nil {
		return nil, err
	}
	s.notes = &notes{config: &s.config, cases: cases, started: s.started}
	pages := config.Page
	if pages == nil {
		pages = page{s.Report}
	}
	s.door = newDoor(&s.config, s.notes, &commands{
		config: &s.config, listing: s.listing, agents: s.agents, writer: s.writer, notes: s.notes,
		stopped: s.stopped, stop: s.Stop, heavy: make(chan struct{}, heavyEach*runtime.GOMAXPROCS(0)),
	}, pages)
	return s, nil
}

// Cases returns the cases that are served: the first has number 1. The slice
// must not be changed.
func (s *Server) Cases() []*catalogue.Case { return s.listing.cases }

// Stop has [Server.Serve] return once the conversations under way have ended.
func (s *Server) Stop() { s.stopOnce.Do(func() { close(s.stopped) }) }

// Stopped returns a channel that is closed when the server is to stop: because
// of [Server.Stop], or because a client asked for it.
func (s *Server) Stopped() <-chan struct{} { return s.stopped }

// Report returns what was found by this server so far. Where reports are written,
// results are without their traces and logs, which are in the files; else those
// of the first 2,000 conversations have them. Agents that made room for others
// are counted, and no more.
func (s *Server) Report() *report.Report {
	r := s.blankReport()
	r.Took = time.Since(s.started)
	r.Agents, r.LeftOut = s.agents.report(), s.agents.forgotten()
	return r
}

// Add adds the result of a case that an agent ran elsewhere to what was found. It is left out
// where there are too many agents.
func (s *Server) Add(agent string, r *report.Result) {
	if a := s.agents.enter(agent); a != nil {
		s.door.commands.take(a, r)
		s.agents.leave(a)
	}
}

// blankReport is the report before anything was found.
func (s *Server) blankReport() *report.Report {
	return &report.Report{
		Role: wsproto.Server, Started: s.started, Judge: s.config.Judge, Quick: s.config.Quick,
		Cases: s.listing.cases, Shards: s.config.Shard.Parts(), Dir: s.config.ReportDir,
	}
}

// Close brings the report's files up to date for the last time. No connection
// may be served any more. An error reports that some could not be written.
func (s *Server) Close() error { return s.writer.close() }

// ServeConn serves one connection, which may be over TLS, and closes it. When
// ctx ends, so does the conversation, without a result.
func (s *Server) ServeConn(ctx context.Context, conn net.Conn) { s.door.serveConn(ctx, conn) }

// Serve accepts clients and serves each in a goroutine of its own, until ctx is
// done or the server is stopped. Then it closes ln, and returns nil once the
// conversations under way have ended. Those that ctx ends, or that take longer
// than some seconds, are broken off and leave no result. An error of ln, other
// than a passing one, is returned after the same. Serve may be called for
// several listeners.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	unhook := context.AfterFunc(ctx, s.Stop)
	defer unhook()
	closed := make(chan struct{})
	defer close(closed)
	go func() {
		select {
		case <-s.stopped:
		case <-closed:
		}
		ln.Close()
	}()
	var conns sync.WaitGroup
	playing, cancel := context.WithCancel(ctx)
	defer cancel()
	link.ShortenSegments(ln)
	err := accept.All(ln, s.stopped, func(conn net.Conn) {
		conns.Go(func() { s.ServeConn(playing, conn) })
	}, func(err error) { s.notes.notice("no connection can be accepted: %v", err) })
	late := time.AfterFunc(grace, cancel)
	defer late.Stop()
	conns.Wait()
	select {
	case <-s.stopped:
		return nil
	default:
		return err
	}
}

// grace is the time that the conversations under way have when the server is
// stopped.
const grace = 10 * time.Second
