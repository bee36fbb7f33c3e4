package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/store"
	"github.com/wscheck/wscheck/oracle"
)

// suite is a run of cases with a peer in this process.
type suite struct {
	peer     *localPeer
	config   *Config
	cases    []*catalogue.Case
	known    deviations
	agent    *report.Agent
	failed   []*report.Result // not in a known way
	doubts   doubts
	endpoint *endpointURL
	live     *liveRun // Config.Live; nil in a bubble
	plain    plainOnce
	tags     tags
	close    func()

	started time.Time
	stuck   int // conversations that were given up
	note    crashNote

	foreign atomic.Bool // a connection was used from outside of its bubble
	waited  bool        // for that
}

// maxStuck is how many conversations a suite gives up. Each leaves goroutines behind
// that cannot be ended, and that may take a processor each.
const maxStuck = 3

var errStuck = fmt.Errorf("not played: %d conversations had to be given up, and the peer's goroutines in them still run", maxStuck)

func newSuite(name string, p *localPeer, config *Config) (*suite, error) {
	config = cmp.Or(config, new(Config))
	if err := config.check(); err != nil {
		return nil, err
	}
	cases, err := config.selectedCases(p.role().Peer(), true)
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
	s.endpoint = s.endpoint.inDialect(config.Dialect).carry(config.Carrier)
	s.doubts.exact, s.doubts.most, s.doubts.judge = !config.Live, config.plays(), config.decidingJudge()
	s.close = s.note.removeNote
	if s.known, err = newDeviations(config.Known); err != nil {
		return nil, err
	}
	if config.Shard != (catalogue.Shard{}) {
		all, err := config.selected(p.role().Peer(), true)
		if err != nil {
			return nil, err
		}
		for _, cs := range all {
			if !slices.Contains(cases, cs) {
				s.known.note(cs, false) // what is known may occur there
			}
		}
	}
	if config.Live {
		err = s.goLive()
	}
	return s, err
}

// goLive has the cases that follow played over the loopback interface.
func (s *suite) goLive() error {
	live, err := newLiveRun(newLoopback(*s.peer), s.endpoint, new(DialOptions), s.config)
	if err != nil {
		return err
	}
	stop, err := live.start(context.Background())
	if err != nil {
		return err
	}
	s.live, s.doubts.exact = live, false
	s.close = func() {
		stop()
		s.note.removeNote()
	}
	return nil
}

func (s *suite) newBubble(cs *catalogue.Case) *bubbleRun {
	cs = cs.In(s.config.Dialect, s.peer.role().Peer())
	return &bubbleRun{
		dialect: s.config.Dialect, act: s.config.Act,
		watch: link.Watch{Foreign: &s.foreign}, peer: s.peer, endpoint: s.endpoint, cs: cs, timing: s.config.newTiming(), tags: &s.tags,
		patience: cmp.Or(s.config.Hang, defaultHang),
	}
}

// defaultHang is the default of [Config.Hang].
const defaultHang = 10 * time.Second

// playFor is like play but discards results that keep rejects by their verdict, and
// returns nil for them.
func (s *suite) playFor(t *testing.T, cs *catalogue.Case, keep func(*oracle.Verdict) bool) (*report.Result, error) {
	r, err := s.playOnce(t, cs, 0, keep)
	if r == nil {
		return nil, err
	}
	if r.RFC.Reason == reasonLocked {
		return r, nil // it would be the same again
	}
	return s.doubts.decideSilence(r, func() *report.Result {
		again, _ := s.playOnce(t, cs, s.doubts.patience(s.patience(), 0), func(*oracle.Verdict) bool { return true })
		return again // nil where there is an error
	}), nil
}

// play has the conversation of a case.
func (s *suite) play(t *testing.T, cs *catalogue.Case) (*report.Result, error) {
	return s.playFor(t, cs, func(*oracle.Verdict) bool { return true })
}

// lateCall is how long, in real time, a goroutine outside of the bubble has to use
// the connection of the first conversation that failed: the clock of a bubble does
// not wait for it.
const lateCall = 200 * time.Millisecond

// playOrLive is play for a test. A peer that cannot live in a bubble, because a
// goroutine outside of it uses its connection, or one waits for a lock while another
// one writes, is played with live from then on.
func (s *suite) playOrLive(t *testing.T, cs *catalogue.Case) (*report.Result, error) {
	t.Helper()
	r, err := s.play(t, cs)
	if s.live != nil {
		return r, err
	}
	if err == nil && r.RFC.Reason == reasonLocked {
		return s.playLive(t, cs, r.RFC.Reason)
	}
	if err == nil && r.Failed(s.config.decidingJudge()) && !s.waited {
		s.waited = true
		for until := time.Now().Add(lateCall); !s.foreign.Load() && time.Now().Before(until); {
			time.Sleep(time.Millisecond)
		}
	}
	if !s.foreign.Load() {
		return r, err
	}
	return s.playLive(t, cs, link.ErrForeign.Error())
}

// playLive is play over the loopback interface, from then on.
func (s *suite) playLive(t *testing.T, cs *catalogue.Case, why string) (*report.Result, error) {
	t.Helper()
	t.Logf("%s; played live from here on", why)
	if err := s.goLive(); err != nil {
		return nil, err
	}
	return s.play(t, cs)
}

// playOnce has one conversation, with so much patience.
func (s *suite) playOnce(t *testing.T, cs *catalogue.Case, patience time.Duration, keep func(*oracle.Verdict) bool) (*report.Result, error) {
	if s.live == nil {
		if s.stuck >= maxStuck {
			return nil, errStuck
		}
		started := time.Now()
		b := s.newBubble(cs)
		b.wait, b.plain = patience, func() *oracle.Plain { return s.plainly(t) }
		p := b.play(t)
		if p.stuck != "" {
			s.stuck++
		}
		if s.foreign.Load() {
			return nil, link.ErrForeign
		}
		return b.result(p, s.agent.Name, started, keep), nil
	}
	cs = cs.In(s.config.Dialect, s.peer.role().Peer())
	c, err := s.live.converse(context.Background(), cs, patience)
	if err != nil {
		return nil, err
	}
	return newResult(cs, s.agent.Name, c), nil
}

// patience is how long the peer may be silent before that counts.
func (s *suite) patience() time.Duration {
	if s.live == nil {
		return cmp.Or(s.config.Patience, bubblePatience)
	}
	return s.config.loadedPatience()
}

// testCase runs a case as a test and reports whether it ran.
func (s *suite) testCase(t *testing.T, cs *catalogue.Case) bool {
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
	if judge := s.config.decidingJudge(); r.Failed(judge) && s.known.excuse(r, judge) == nil {
		r = s.shortened(t, r)
	}
	if s.config.ReportDir != "" {
		s.agent.Results = append(s.agent.Results, r) // else it is not asked for any more
	}
	s.show(t, r)
	return true
}

// shortened makes a random script that failed shorter.
func (s *suite) shortened(t *testing.T, r *report.Result) *report.Result {
	return shortened(r, func(cs *catalogue.Case) *report.Result {
		shorter, _ := s.play(t, cs) // nil where there is an error: it is not kept
		return shorter
	})
}

// weigh measures the peer of a suite in a case that passed so far.
func (s *suite) weigh(t *testing.T, r *report.Result) {
	if r.Case.Measure == nil || r.Failed(s.config.decidingJudge()) {
		return
	}
	replay := func(_ context.Context, cs *catalogue.Case) *report.Result {
		again, _ := s.playOnce(t, cs, 0, func(*oracle.Verdict) bool { return true })
		return again // nil where there is an error
	}
	(&scales{gauge: ownGauge, limits: s.config.Proportion, replay: replay, connect: func(ctx context.Context, cs *catalogue.Case, connections int) bool {
		for range connections {
			if again := replay(ctx, cs); again == nil || again.Died != "" {
				return false
			}
		}
		return true
	}}).weigh(context.Background(), r)
}

// plainly is that of the peer of a suite.
func (s *suite) plainly(t *testing.T) *oracle.Plain {
	return s.plain.of(s.config.Dialect.Open(), func(cs *catalogue.Case) *oracle.Plain {
		p := s.newBubble(cs).play(t)
		c := p.conversation
		if c == nil || p.leaked != nil {
			return nil
		}
		did := plainOf(c)
		c.verdict() // frees the judge
		link.Release(c.link)
		c.release(false)
		return did
	})
}

// show reports a result to its test. Of one that fails, what there is to be said
// comes at the end, with others like it: here it only fails its test.
func (s *suite) show(t *testing.T, r *report.Result) {
	t.Helper()
	judge := s.config.decidingJudge()
	if !r.Failed(judge) {
		if !r.Clean(judge) {
			t.Logf("%s", verdictText(r, judge))
		}
		return
	}
	if by := s.known.excuse(r, judge); by != nil {
		for _, d := range by {
			t.Logf("known deviation, %v", d)
		}
		t.Logf("%s", verdictText(r, judge))
		return
	}
	s.failed = append(s.failed, r)
	t.Fail()
}

// verdictText is what is to be said of a result that fails nothing.
func verdictText(r *report.Result, judge report.Judge) string {
	var b strings.Builder
	if judge == report.JudgeAutobahn && r.Record != nil {
		return string(r.Record.Behavior) + ": " + r.Record.Result
	}
	describeVerdict(&b, r)
	return strings.TrimRight(b.String(), "\n")
}

// makeReport makes the report, and writes it where one is wanted.
func (s *suite) makeReport() (*Report, error) {
	r := &Report{
		Role: s.peer.role().Peer(), Started: s.started, Took: time.Since(s.started), Judge: s.config.decidingJudge(),
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
