package fuzzingserver

import (
	"cmp"
	"context"
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wscheck/wscheck/internal/accept"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/wsproto"
)

// Server serves the cases. Its methods may be called side by side.
type Server struct {
	config  Config
	cases   []*catalogue.Case
	byName  map[string]int // index into cases, by id with and without Autobahn's prefix
	agents  *agents
	writer  *writer
	started time.Time

	noticing sync.Mutex // Config's functions are called one call at a time
	warned   seldom     // that there are too many connections
	turned   seldom     // that a request is refused
	traces   atomic.Int64

	slots    chan struct{} // one for each connection
	refusals chan struct{} // one for each connection that is turned away
	heavy    chan struct{} // one for each case that moves megaoctets
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
	s := &Server{
		config: *config, cases: cases, byName: index(cases), started: time.Now(),
		slots:    make(chan struct{}, cmp.Or(config.MaxConns, defaultMaxConns)),
		refusals: make(chan struct{}, maxRefusals),
		heavy:    make(chan struct{}, heavyEach*runtime.GOMAXPROCS(0)),
		stopped:  make(chan struct{}),
	}
	s.config.Judge = cmp.Or(config.Judge, engine.DefaultJudge)
	s.agents = &agents{max: cmp.Or(config.MaxAgents, defaultMaxAgents), config: &s.config.Config, cases: cases, left: make(chan struct{}, 1)}
	s.writer, err = newWriter(config.ReportDir, s.blankReport(), 2*s.agents.max)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Cases returns the cases that are served: the first has number 1. The slice
// must not be changed.
func (s *Server) Cases() []*catalogue.Case { return s.cases }

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

// blankReport is the report before anything was found.
func (s *Server) blankReport() *report.Report {
	return &report.Report{
		Role: wsproto.Server, Started: s.started, Judge: s.config.Judge, Quick: s.config.Quick,
		Cases: s.cases, Shards: s.config.Shard.Parts(), Dir: s.config.ReportDir,
	}
}

// Close brings the report's files up to date for the last time. No connection
// may be served any more. An error reports that some could not be written.
func (s *Server) Close() error { return s.writer.close() }

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
	err := accept.All(ln, s.stopped, func(conn net.Conn) {
		conns.Go(func() { s.ServeConn(playing, conn) })
	}, func(err error) { s.notice("no connection can be accepted: %v", err) })
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
