package harness

import (
	"context"
	"io/fs"
	"net/http"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Config says what is played with a peer, and what is known of it. A nil *Config is
// the zero value, which plays everything that there is.
type Config struct {
	// Cases and Exclude select cases by pattern: "4.2.*", "autobahn/4.2.4",
	// "rfc6455/5.5/*", "corpus/*", "random/*". No Cases means all. A pattern that
	// matches no case is an error, and so is a selection without any.
	Cases, Exclude []string

	// Corpus holds folders of entries (see package corpus) that are played as
	// cases, besides those that come with the kit: the files in the root whose
	// names end in ".ws". The id of a case is "corpus/" and the entry's name. Tests
	// play those of the folder testdata/wscheck too, where there is one. A
	// conversation that several of them hold is played once.
	Corpus []fs.FS

	// Scripts is how many random scripts are played as cases besides all others,
	// and Seed is what they are made from. The id of script n is
	// "random/<seed>-<n>". One that fails is shortened before it is reported.
	Scripts int
	Seed    uint64

	// Path, Header and Subprotocols are for the opening handshakes with a server in
	// this process: path and query of the request, "" for "/", fields that are
	// added, and subprotocols that are offered. [DialOptions] has them for others.
	Path         string
	Header       http.Header
	Subprotocols []string

	// Dialect is what the peer does with messages: [oracle.DialectEcho],
	// [oracle.DialectNone], one of [corpus.Dialects], or one that was read. nil
	// means an echo, or with [URL] and [Command] what the first conversation shows:
	// an echo, or none.
	Dialect *oracle.Dialect

	// Act, if not nil, has the peer act first: it does what is asked of it by a way of
	// the peer's own, and returns once the peer has. The cases "peer-acts/*" are played
	// then. An error says that the peer cannot: it is fine where no close frame may have
	// what is asked for, and makes the other cases inconclusive. In a bubble, Act is
	// called inside of the bubble.
	Act func(context.Context, Act) error

	// Lacks names features that the peer does not have: "permessage-deflate",
	// "text", "binary", "fragmentation". Cases that need one are not run.
	Lacks []string

	// MaxMessage is the longest message in octets that the peer takes: cases
	// with longer ones are not run. 0 means any.
	MaxMessage int

	// Known are deviations that do not fail. They are reported. One that matches no
	// case or no clause is an error, and one that no longer occurs fails a test.
	Known []Deviation

	// Live has [TestServer] and the other tests use the loopback interface instead
	// of memory, for peers that cannot live in a [testing/synctest] bubble: those
	// that need real sockets, call C, or share channels or timers between
	// connections. A test of a peer whose connections are used by a goroutine
	// outside of the bubble, or in which one waits for a lock while another one
	// writes and we do not read, turns to it by itself; where a channel or a lock
	// crosses the border, the runtime ends the process, and a line on standard error
	// names this field.
	Live bool

	// Carrier carries WebSockets by another way than the upgrade of HTTP/1.1, and
	// adds the cases that are about that; nil is HTTP/1.1. Package harness/http2
	// has one.
	Carrier Carrier

	// Jobs is how many cases run side by side over real connections; 0 means
	// a number that suits the machine. Cases that measure time run alone.
	Jobs int

	// FailFast ends [Run] after the first case that fails; go test has -failfast.
	FailFast bool

	// Patience is how long a peer may be silent where it owes something. A case
	// whose verdict rests on silence is played again, alone, and twice: what has not
	// come within the patience then is missing. A busy machine makes it up to four
	// times as long. 0 means 10 s, and a minute in a bubble, where it takes no time.
	Patience time.Duration

	// Settle is how long a peer has, after it has shown that it read
	// everything, to close or to send more; 0 means 50 ms.
	Settle time.Duration

	// Retries is how often a case is played again whose verdict rests on silence;
	// 0 means 2, and -1 not at all. Silence proves nothing where it was not the same
	// each time. In a bubble such a case is played again once.
	Retries int

	// Hang is the real time after which a peer in a bubble is given up that neither
	// proceeds nor waits for anything that the bubble knows of, such as one in an
	// endless loop; 0 means 10 s. A busy machine makes it up to four times as long.
	// After three of them, the remaining cases fail without being played.
	Hang time.Duration

	// Proportion bounds the memory and the work that a peer may need.
	Proportion Proportion

	// Quick shortens the loops of sections 12 and 13 from 1,000 messages to 20. Without it
	// the case that is idle for 35 s takes so long over a socket.
	// Ids and verdicts stay the same, and the report says so.
	Quick bool

	// Judge is the verdict that decides what fails: "rfc", the default, or
	// "autobahn".
	Judge string

	// ReportDir is the folder in which [Run] writes the report; "" means none.
	ReportDir string
}

func (c *Config) engine() *engine.Config {
	if c == nil {
		return nil
	}
	e := &engine.Config{
		Cases: c.Cases, Exclude: c.Exclude, Corpus: c.Corpus, Scripts: c.Scripts, Seed: c.Seed,
		Path: c.Path, Header: c.Header, Subprotocols: c.Subprotocols, Dialect: c.Dialect,
		MaxMessage: c.MaxMessage, Live: c.Live, Carrier: c.Carrier, Jobs: c.Jobs, FailFast: c.FailFast,
		Patience: c.Patience, Settle: c.Settle, Retries: c.Retries, Hang: c.Hang,
		Proportion: engine.Proportion(c.Proportion), Quick: c.Quick, Judge: report.Judge(c.Judge), ReportDir: c.ReportDir,
	}
	if c.Act != nil {
		e.Act = func(ctx context.Context, act engine.Act) error { return c.Act(ctx, Act(act)) }
	}
	for _, feature := range c.Lacks {
		e.Lacks = append(e.Lacks, engine.Feature(feature))
	}
	for _, d := range c.Known {
		e.Known = append(e.Known, engine.Deviation(d))
	}
	return e
}

// Act is what a peer is asked to do by itself on one connection: see [Config.Act].
type Act struct {
	Do     string            // "close" or "ping"
	Code   wsproto.CloseCode // of the close frame; 0 for none
	Reason string            // of the close frame

	Address string // of our end of the connection, which the peer sees as the remote one
	Server  string // the address that we are connected to
}

// Deviation is something that a peer is known to get wrong, or to do otherwise
// than the suite wants.
type Deviation struct {
	// Case is a pattern of case ids as in [Config.Cases]; "" means any case.
	Case string

	// Clause is an id of the clause table, such as
	// "rfc6455/5.5/control-fragmented-fail", in which "*" stands for anything;
	// "" means everything that is wrong in the case.
	Clause oracle.ClauseID

	// Reason says why it is so, and why it may stay so. It must not be empty.
	Reason string
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

// Carrier carries WebSockets over connections by another way than the upgrade of
// HTTP/1.1. Package harness/http2 makes one.
type Carrier = engine.Carrier
