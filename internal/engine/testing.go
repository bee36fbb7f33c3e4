package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/store"
	"github.com/wscheck/wscheck/oracle"
)

// TestServer plays the configured cases with a server, each case as a subtest
// of t that is named by the case's id. It does not call t.Parallel. Of the cases
// that fail, t itself prints what is wrong: for each clause that is broken, one of
// them in full and the ids of all, and the block for [Config.Known].
//
// server is called once for each connection, in a goroutine of its own. It makes
// the opening handshake, sends each message back as it came, and answers the
// closing handshake; whatever goroutines it starts have to end with the
// connection, which it has to close. See [Handler] for servers on net/http.
//
// Each conversation has a bubble of package [testing/synctest] to itself, so
// that no time-out takes time and each run is the same: no port is opened, and
// nothing sleeps. A server that panics, hangs or leaves goroutines behind fails
// the case, and the next case runs. What ends the process cannot be caught: a panic
// in a goroutine that the server started itself, a fatal error, [os.Exit]. Then a
// line on standard error names the case, where there is a shell to print it, and
// the next run begins with it. The runtime's crash output, see
// [debug.SetCrashOutput], belongs to that. [Config.Live] is for servers that cannot
// live in a bubble.
func TestServer(t *testing.T, server func(net.Conn), config *Config) {
	t.Helper()
	testPeer(t, &peer{server: server}, config)
}

// TestClient is [TestServer] for a client, which is called once for each case.
func TestClient(t *testing.T, client Client, config *Config) {
	t.Helper()
	testPeer(t, &peer{client: client}, config)
}

func testPeer(t *testing.T, p *peer, config *Config) {
	t.Helper()
	s, err := newSuite(t.Name(), p, config)
	if err == nil {
		err = s.config.checkSelected(s.cases)
	}
	if err != nil {
		t.Fatalf("wscheck: %v", err)
	}
	defer func() { s.close() }()
	for _, cs := range s.cases {
		ran := false
		t.Run(cs.ID, func(t *testing.T) {
			t.Helper()
			ran = s.test(t, cs)
		})
		if s.config.unsupported(cs) == "" {
			s.known.note(cs, ran)
		}
	}
	if len(s.failed) > 0 {
		t.Errorf("%s", describeGroups(s.failed, s.config.judge(), t.Name()))
	}
	if _, err := s.report(); err != nil {
		t.Errorf("wscheck: %v", err)
	}
	if err := s.known.stale(); err != nil {
		t.Errorf("wscheck: %v", err)
	}
}

// RunBubble is [Run] with each conversation in a bubble, as [TestServer] and
// [TestClient] have it, for a target made by [Server] or [ClientFunc]. t is
// lent to package synctest: verdicts are in the report alone, and deviations
// that are known play no part.
func RunBubble(t *testing.T, target Target, config *Config) (*Report, error) {
	live, ok := target.(*liveServer)
	if !ok || live.local == nil {
		return nil, errors.New("only a peer in this process can be run in a bubble: see Server and ClientFunc")
	}
	s, err := newSuite(t.Name(), &live.local.peer, config)
	if err != nil {
		return nil, err
	}
	defer func() { s.close() }()
	s.waited = true // of many short runs, none waits for a goroutine that may come late
	for _, cs := range s.cases {
		if s.config.unsupported(cs) != "" {
			continue
		}
		s.note.begin(t.Name(), cs.ID)
		r, err := s.playOrLive(t, cs)
		if err != nil {
			return nil, err
		}
		undecided(r)
		s.weigh(t, r)
		s.agent.Results = append(s.agent.Results, s.shortened(t, r))
	}
	return s.report()
}

// suite is a run of cases with a peer in this process.
type suite struct {
	peer     *peer
	config   *Config
	cases    []*catalogue.Case
	known    *deviations
	agent    *report.Agent
	failed   []*report.Result // not in a known way
	doubts   doubts
	endpoint *endpointURL
	live     *liveServer // Config.Live; nil in a bubble
	plain    plain
	tags     tags
	close    func()

	started time.Time
	stuck   int // conversations that were given up
	note    crashNote

	foreign atomic.Bool // a connection was used from outside of its bubble
	waited  bool        // for that
}

// maxStuck is how many conversations a suite gives up. Each leaves goroutines behind
// that nobody can end, and that may take a processor each.
const maxStuck = 3

var errStuck = fmt.Errorf("not played: %d conversations had to be given up, and the peer's goroutines in them still run", maxStuck)

func newSuite(name string, p *peer, config *Config) (*suite, error) {
	if config == nil {
		config = new(Config)
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	cases, err := config.testCases(p.role().Peer())
	if err != nil {
		return nil, err
	}
	s := &suite{
		peer: p, config: config, cases: cases,
		agent: &report.Agent{Name: name}, started: time.Now(),
	}
	if s.endpoint, err = config.local(); err != nil {
		return nil, err
	}
	if err := CheckSpeech(config.Dialect, p.role().Peer()); err != nil {
		return nil, err
	}
	s.endpoint = s.endpoint.in(config.Dialect).carry(config.Carrier)
	s.doubts.exact, s.doubts.most, s.doubts.judge = !config.Live, config.plays(), config.judge()
	s.close = s.note.close
	if s.known, err = newDeviations(config.Known); err != nil {
		return nil, err
	}
	if config.Live {
		err = s.goLive()
	}
	return s, err
}

// goLive has the cases that follow played over the loopback interface.
func (s *suite) goLive() error {
	live := &liveServer{
		options: new(DialOptions), endpoint: s.endpoint, local: &loopback{peer: *s.peer},
		pace: s.config.newPace(), dialect: s.config.Dialect,
	}
	stop, err := live.local.listen()
	if err != nil {
		return err
	}
	s.live = live
	s.close = func() {
		stop()
		s.note.close()
	}
	return nil
}

// lateCall is how long, in real time, a goroutine outside of the bubble has to use
// the connection of the first conversation that failed: the clock of a bubble does
// not wait for it.
const lateCall = 200 * time.Millisecond

// playOrLive is play for a test. A peer that cannot live in a bubble, because a
// goroutine outside of it uses its connection, is played with live from then on.
func (s *suite) playOrLive(t *testing.T, cs *catalogue.Case) (*report.Result, error) {
	t.Helper()
	r, err := s.play(t, cs)
	if s.live != nil {
		return r, err
	}
	if err == nil && r.Failed(s.config.judge()) && !s.waited {
		s.waited = true
		for until := time.Now().Add(lateCall); !s.foreign.Load() && time.Now().Before(until); {
			time.Sleep(time.Millisecond)
		}
	}
	if !s.foreign.Load() {
		return r, err
	}
	t.Logf("%v; played live from here on", errForeign)
	if err := s.goLive(); err != nil {
		return nil, err
	}
	return s.play(t, cs)
}

// test runs a case as a test and reports whether it ran.
func (s *suite) test(t *testing.T, cs *catalogue.Case) bool {
	t.Helper()
	if testing.Short() && (cs.Slow || cs.Alone) {
		t.Skip("slow: not run with -short")
	}
	if reason := s.config.unsupported(cs); reason != "" {
		t.Skip(reason)
	}
	s.note.begin(t.Name(), cs.ID)
	r, err := s.playOrLive(t, cs)
	if err != nil {
		t.Errorf("wscheck: %v", err)
		return false
	}
	undecided(r)
	s.weigh(t, r)
	if judge := s.config.judge(); r.Failed(judge) && s.known.excuse(r, judge) == nil {
		r = s.shortened(t, r)
	}
	if s.config.ReportDir != "" {
		s.agent.Results = append(s.agent.Results, r) // else nobody asks for it any more
	}
	s.tell(t, r)
	return true
}

// shortened makes a random script that failed shorter.
func (s *suite) shortened(t *testing.T, r *report.Result) *report.Result {
	return shortened(r, func(cs *catalogue.Case) *report.Result {
		shorter, _ := s.play(t, cs) // nil where there is an error: that is none to keep
		return shorter
	})
}

// play has the conversation of a case.
func (s *suite) play(t *testing.T, cs *catalogue.Case) (*report.Result, error) {
	return s.playFor(t, cs, func(*oracle.Verdict) bool { return true })
}

// playFor is play for those to whom most results are all the same: it may return
// nil where keep does not want the result of a conversation with that verdict.
func (s *suite) playFor(t *testing.T, cs *catalogue.Case, keep func(*oracle.Verdict) bool) (*report.Result, error) {
	r, err := s.playOnce(t, cs, 0, keep)
	if r == nil {
		return nil, err
	}
	return s.doubts.settle(r, func() *report.Result {
		again, _ := s.playOnce(t, cs, s.doubts.patience(s.patience(), 0), func(*oracle.Verdict) bool { return true })
		return again // nil where there is an error
	}), nil
}

// patience is how long the peer may be silent before that counts.
func (s *suite) patience() time.Duration {
	if s.live == nil {
		return cmp.Or(s.config.Patience, bubblePatience)
	}
	return s.config.loadedPatience()
}

// playOnce has one conversation, with so much patience.
func (s *suite) playOnce(t *testing.T, cs *catalogue.Case, patience time.Duration, keep func(*oracle.Verdict) bool) (*report.Result, error) {
	started := time.Now()
	if s.live == nil {
		if s.stuck >= maxStuck {
			return nil, errStuck
		}
		b := s.bubble(cs)
		b.wait, b.plain = patience, func() *oracle.Plain { return s.plainly(t) }
		p := b.play(t)
		if p.stuck != "" {
			s.stuck++
		}
		if s.foreign.Load() {
			return nil, errForeign
		}
		return b.result(p, s.agent.Name, started, keep), nil
	}
	cs = cs.In(s.config.Dialect, s.peer.role().Peer())
	c, err := s.live.converse(context.Background(), cs, patience)
	if err != nil {
		return nil, err
	}
	return newResult(cs, s.agent.Name, c, started, c.obituary), nil
}

// bubble makes the bubble of a case.
func (s *suite) bubble(cs *catalogue.Case) *bubble {
	cs = cs.In(s.config.Dialect, s.peer.role().Peer())
	return &bubble{
		dialect: s.config.Dialect,
		watch:   watch{foreign: &s.foreign}, peer: s.peer, endpoint: s.endpoint, cs: cs, pace: s.config.newPace(), tags: &s.tags,
		patience: cmp.Or(s.config.Hang, defaultHang),
	}
}

// defaultHang is the default of [Config.Hang].
const defaultHang = 10 * time.Second

// tell reports a result to its test. Of one that fails, what there is to be said
// comes at the end, with others like it.
func (s *suite) tell(tb TB, r *report.Result) {
	tb.Helper()
	judge := s.config.judge()
	if !r.Failed(judge) {
		if !r.Clean(judge) {
			tb.Logf("%s", verdictText(r, judge))
		}
		return
	}
	if by := s.known.excuse(r, judge); by != nil {
		for _, d := range by {
			tb.Logf("known deviation, %v", d)
		}
		tb.Logf("%s", verdictText(r, judge))
		return
	}
	s.failed = append(s.failed, r)
	tb.Errorf("%s", describeShortly(r, judge, tb.Name()))
}

// verdictText is what is to be said of a result that fails nothing.
func verdictText(r *report.Result, judge report.Judge) string {
	var b strings.Builder
	if judge == report.JudgeAutobahn && r.Record != nil {
		return string(r.Record.Behavior) + ": " + r.Record.Result
	}
	describeVerdict(&b, &r.RFC)
	return strings.TrimRight(b.String(), "\n")
}

// report makes the report, and writes it where one is wanted.
func (s *suite) report() (*Report, error) {
	r := &Report{
		Role: s.peer.role().Peer(), Started: s.started, Took: time.Since(s.started), Judge: s.config.judge(),
		Agents: []*report.Agent{s.agent}, Dir: s.config.ReportDir,
	}
	for _, result := range s.agent.Results {
		r.Cases = append(r.Cases, result.Case)
	}
	if r.Dir == "" {
		return r, nil
	}
	return r, store.WriteDir(r.Dir, r)
}

// TB is what the kit needs of a [testing.TB] where it reports; a rapid.T has
// it too.
type TB interface {
	Helper()
	Name() string
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
}

var _ TB = testing.TB(nil)
