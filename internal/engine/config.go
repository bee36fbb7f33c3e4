package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Config says what is run and how. A nil *Config is the zero value, and the
// zero value runs every case with the defaults.
type Config struct {
	// Cases and Exclude select cases by pattern: "4.2.*", "autobahn/4.2.4",
	// "rfc6455/5.5/*", "corpus/*", "random/*". No Cases means all. A pattern that
	// matches no case is an error, and so is a selection without any.
	Cases, Exclude []string

	// Corpus holds folders of entries (see package corpus) that are played as
	// cases, besides those that come with the kit: the files in the root whose
	// names end in [corpus.Extension]. The id of a case is [CorpusPrefix] and
	// the entry's name. Tests play those of the folder testdata/wscheck too,
	// where there is one. A conversation that several of them hold is played
	// once.
	Corpus []fs.FS

	// ExcludeAgent leaves out cases by the name that a peer gives itself.
	ExcludeAgent catalogue.ExcludeAgent

	// Select, where not nil, is used instead of Cases, Exclude, Corpus and
	// Scripts.
	Select []*catalogue.Case

	// Scripts is how many random scripts are played as cases besides all others,
	// and Seed what they are made from. The id of script n is "random/<seed>-<n>".
	// One that fails is made shorter before it is reported.
	Scripts int
	Seed    uint64

	// Shard is the part of the selected cases that is run, of as many as there
	// are machines to share them; the zero value is the whole.
	Shard catalogue.Shard

	// Jobs is how many cases run side by side over real connections; 0 means
	// a number that suits the machine. Cases that measure time run alone.
	Jobs int

	// Settle is how long a peer has, after it has shown that it read
	// everything, to close or to send more; 0 means 50 ms.
	Settle time.Duration

	// Limits are the times that a peer has for what it must do in the first try.
	Limits Limits

	// Patience is how long a peer may be silent where it owes something. What has
	// not come by the limits of the first try proves nothing: the case is played
	// again, alone, and twice, and only what has not come within the patience
	// then counts. A busy machine makes it up to four times as long. 0 means 10 s,
	// and a minute in a bubble, where it takes no time.
	Patience time.Duration

	// Retries is how often a case is played again whose verdict rests on what was
	// not seen in time; 0 means 2, and -1 not at all. Silence proves nothing where
	// it was not the same each time. In a bubble it is played again once.
	Retries int

	// FailFast ends a run over real connections after the first case that fails;
	// go test has -failfast.
	FailFast bool

	// Baseline, if not nil, has deviations at which FailFast ends nothing. They are not marked.
	Baseline *report.Baseline

	// Path, Header and Subprotocols are for the opening handshakes with a server in
	// this process: path and query of the request, "" for "/", fields that are
	// added, and subprotocols that are offered. [DialOptions] has them for others.
	Path         string
	Header       http.Header
	Subprotocols []string

	// Live has [TestServer] and its like use the loopback interface instead of
	// memory, for peers that cannot live in a [testing/synctest] bubble: those
	// that need real sockets, call C, or share channels or timers between
	// connections. Whatever else says "in a bubble" does not hold then. A test of
	// a peer whose connections are used by a goroutine outside of the bubble, or in
	// which one waits for a lock while another one writes and we do not read, turns
	// to it by itself; where a channel or a lock crosses the border, the runtime ends
	// the process, and a line on standard error names this field.
	Live bool

	// Known are deviations that do not fail. They are reported. One that matches no
	// case or no clause is an error, and one that no longer occurs fails a test.
	Known []Deviation

	// Dialect is what the peer does with messages: [oracle.DialectEcho],
	// [oracle.DialectNone], one of [corpus.Dialects], or one that was read. nil
	// means an echo, or with [URL] and [Command] what the first conversation shows:
	// an echo, or none.
	Dialect *oracle.Dialect

	// Act, if not nil, has the peer do something by itself, by a way of the peer's own,
	// and returns once it has: the cases "peer-acts/*" are played then. A peer that
	// cannot is an error. In a bubble it is called inside of the bubble.
	Act func(context.Context, Act) error

	// Carrier has WebSockets carried otherwise than by the upgrade of HTTP/1.1, and
	// adds the cases that are about that; nil is HTTP/1.1. See package
	// harness/http2.
	Carrier Carrier

	// Lacks names what the peer does not have: cases that need it are not run.
	Lacks []Feature

	// MaxMessage is the longest message in octets that the peer takes: cases
	// with longer ones are not run. 0 means any.
	MaxMessage int

	// Proportion bounds what the peer may take for what it is sent.
	Proportion Proportion

	// Hang is the real time after which a peer in a bubble is given up that
	// neither runs nor waits for anything that the bubble knows of, such as
	// one in an endless loop; 0 means 10 s. A busy machine makes it up to four times
	// as long. After three of them, the cases that follow fail without being played.
	Hang time.Duration

	// Quick shortens the loops of sections 12 and 13 from 1,000 messages to 20. Without it
	// a case in which nothing is sent for 35 s takes so long over a socket too.
	// Ids and verdicts stay the same, and the report says so.
	Quick bool

	// Judge says which verdict decides what fails; "" means the RFC's.
	Judge report.Judge

	// ReportDir is where the report is written; "" means nowhere.
	ReportDir string

	// Preflight, if not nil, is called before the cases are played with a peer over
	// real connections, with what one conversation showed of it.
	Preflight func(Preflight)

	// Progress, if not nil, is called after each case, one call at a time.
	Progress func(Progress)
}

// Report is the outcome of a run; see package report for what writes it.
type Report = report.Report

// Progress reports a case that has just ended.
type Progress struct {
	Agent       string
	Result      *report.Result
	Judge       report.Judge // which verdict decides
	Done, Total int
}

// DefaultJudge is the verdict that decides where a Config does not say.
const DefaultJudge = report.JudgeRFC

func (c *Config) decidingJudge() report.Judge { return cmp.Or(c.Judge, DefaultJudge) }

// endsAt reports whether a run ends after a result that it has just got.
func (c *Config) endsAt(agent *report.Agent, r *report.Result) bool {
	return c.FailFast && r.Known == nil && r.Failed(c.decidingJudge()) && (c.Baseline == nil || !c.Baseline.Knows(agent, r, c.decidingJudge()))
}

func (c *Config) jobs() int { return cmp.Or(c.Jobs, 32*runtime.GOMAXPROCS(0)) }

// The defaults of Config.Patience.
const (
	livePatience   = 10 * time.Second
	bubblePatience = time.Minute
)

// Bounds of what a Config can ask for.
const (
	maxPatienceTime = time.Hour
	maxRetries      = 20
)

func (c *Config) patience() time.Duration { return cmp.Or(c.Patience, livePatience) }

// loadedPatience is the patience on the machine as it is.
func (c *Config) loadedPatience() time.Duration { return process.Stretch(c.patience()) }

// plays is how often a case is played at most.
func (c *Config) plays() int {
	switch c.Retries {
	case 0:
		return tries
	case -1:
		return 1
	}
	return 1 + c.Retries
}

// newTiming returns the timing of a peer that is not known yet.
func (c *Config) newTiming() *timing {
	return &timing{minSettle: cmp.Or(c.Settle, defaultSettle), limits: c.Limits.withDefaults()}
}

// maxScripts bounds Config.Scripts: each is held, and so is its result. Package
// blackbox plays any number.
const maxScripts = 1 << 20

// check reports what in c makes no sense.
func (c *Config) check() error {
	if c.Jobs < 0 {
		return fmt.Errorf("jobs: %d is less than 1", c.Jobs)
	}
	if c.Shard != (catalogue.Shard{}) {
		if err := c.Shard.Check(); err != nil {
			return fmt.Errorf("shard: %w", err)
		}
	}
	if c.Scripts < 0 || c.Scripts > maxScripts {
		return fmt.Errorf("scripts: %d is not in 0 to %d", c.Scripts, maxScripts)
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"settle", c.Settle}, {"patience", c.Patience}, {"hang", c.Hang}} {
		if d.value < 0 {
			return fmt.Errorf("%s: %v is less than 0", d.name, d.value)
		}
	}
	if c.Patience > maxPatienceTime {
		return fmt.Errorf("patience: %v is more than %v", c.Patience, maxPatienceTime)
	}
	if c.Retries < -1 {
		return fmt.Errorf("retries: %d is less than -1, which stands for none", c.Retries)
	}
	if c.Retries > maxRetries {
		return fmt.Errorf("retries: %d is more than %d", c.Retries, maxRetries)
	}
	if _, err := c.local(); err != nil {
		return err
	}
	if err := c.Proportion.check(); err != nil {
		return err
	}
	if c.MaxMessage < 0 {
		return fmt.Errorf("max message: %d is less than 0", c.MaxMessage)
	}
	if _, err := newDeviations(c.Known); err != nil {
		return err
	}
	if err := CheckFeatures(c.Lacks...); err != nil {
		return err
	}
	if err := c.checkDialect(); err != nil {
		return err
	}
	if min(c.Limits.Open, c.Limits.CloseReply, c.Limits.Drop, c.Limits.Stray) < 0 {
		return fmt.Errorf("limits: %+v has one that is less than 0", c.Limits)
	}
	switch c.Judge {
	case "", report.JudgeRFC, report.JudgeAutobahn:
		return nil
	}
	return fmt.Errorf("judge: %q is neither %q nor %q", c.Judge, report.JudgeRFC, report.JudgeAutobahn)
}

// checkDialect reports a dialect that does not go with the rest of c.
func (c *Config) checkDialect() error {
	if c.Dialect.Echoes() {
		return nil
	}
	if c.decidingJudge() == report.JudgeAutobahn {
		return fmt.Errorf("judge: Autobahn's verdict is about echoes, and the dialect is %s: use %q", c.Dialect.Name, report.JudgeRFC)
	}
	return nil
}

// CheckSpeech reports a dialect that does not say how our side, in a role, speaks.
func CheckSpeech(d *oracle.Dialect, role wsproto.Role) error {
	if d.Echoes() || d.Open() || d.Of(role) != nil {
		return nil
	}
	return fmt.Errorf("dialect: %s does not say how to speak with a %s: it needs lines after \"as %s\"", d.Name, role.Peer(), role)
}

// local is localEndpoint with what the configuration adds to it.
func (c *Config) local() (*endpointURL, error) {
	if c.Path == "" && len(c.Header) == 0 && len(c.Subprotocols) == 0 {
		return localEndpoint, nil
	}
	e := *localEndpoint
	u, err := url.ParseRequestURI(cmp.Or(c.Path, "/"))
	if err != nil || !strings.HasPrefix(c.Path, "/") && c.Path != "" || u.Fragment != "" || strings.Contains(c.Path, "#") {
		return nil, fmt.Errorf("path: %q is not a path: want one such as \"/chat?room=1\"", c.Path)
	}
	e.target, e.subprotocols = u.RequestURI(), c.Subprotocols
	for _, name := range slices.Sorted(maps.Keys(c.Header)) {
		for _, value := range c.Header[name] {
			e.fields = append(e.fields, wsproto.Field{Name: name, Value: value})
		}
	}
	return &e, checkHandshake(e.fields, e.subprotocols)
}

// Proportion bounds what a peer may take for what it is sent. The zero value has
// bounds that no peer reaches which does what is needed and no more. A peer is
// measured where it is in this process, or where [Command] has started it on Linux.
type Proportion struct {
	// Memory is how many octets of memory a peer may take at most, besides what it
	// has at rest, for a message that is short on the wire and long once it is
	// inflated. 0 means: for a message that comes back, four times its length and
	// 64 MiB, and what is more is noted; for one that is refused, no more than for
	// a shorter one that is refused, give or take 24 MiB. A bound that is given
	// holds for both. In this process it is memory that is asked for, and four
	// times become sixteen. For a length that is declared and does not come, 0 means
	// half of it.
	Memory int

	// Work is how many times as fast a peer's work may grow as what it is sent; 0
	// means 3. Work of less than a quarter of a second is never too much.
	Work int

	// Kept is how many octets of memory a peer may keep of each connection that is
	// over; 0 means nine tenths of the message that it had, and twice the message
	// where there is compression, whose state may be kept for other connections.
	Kept int
}

// The defaults of a Proportion, and what is too little to count.
const (
	memoryEach     = 4  // octets for each of a message that comes back
	memoryEachHere = 16 // the same, where it is what was asked for
	memoryBase     = 64 << 20
	memorySlack    = 24 << 20
	workGrowth     = 3
	workFloor      = 250 * time.Millisecond
	workTick       = 10 * time.Millisecond // the system counts in these
)

// MaxWork is the greatest [Proportion.Work].
const MaxWork = 1000

func (p Proportion) check() error {
	switch {
	case p.Memory < 0:
		return fmt.Errorf("proportion: memory: %d is less than 0", p.Memory)
	case p.Work < 0 || p.Work > MaxWork:
		return fmt.Errorf("proportion: work: %d is not in 0 to %d", p.Work, MaxWork)
	case p.Kept < 0:
		return errors.New("proportion: kept: less than 0")
	}
	return nil
}

func (p Proportion) kept(cs *catalogue.Case) int {
	size := cs.Measure.Size
	if len(cs.Script.Handshake.Offers) > 0 {
		return cmp.Or(p.Kept, 2*size)
	}
	return cmp.Or(p.Kept, size/10*9)
}
