package catalogue

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// RFCPrefix begins the full id of every case that Autobahn|Testsuite does not have; the
// number of the RFC, section and name follow: "rfc6455/5.5/ping-126",
// "rfc7692/6.1/rsv1-ping".
const RFCPrefix = "rfc"

// row is one case of the tables about RFC 6455 and RFC 7692.
type row struct {
	id      string // without the prefix: section and name
	roles   Roles
	sends   string   // Case.Description
	wants   string   // Case.Expectation
	also    []string // sections besides that of the id: "5.4", "RFC 9112 5.2"
	clauses []oracle.ClauseID
	open    oracle.Handshake
	steps   []oracle.Step
	end     oracle.End
	heavy   bool // on the peer, though little is on the wire
	quiet   bool // Case.Quiet
	idle    time.Duration
	measure *Measure
	beside  int
	url     string
}

// compileAll makes cases about an RFC, by section; within one, in the order of the tables.
func compileAll(rfc string, tables ...func() []row) []*Case {
	var rows []*row
	for _, table := range tables {
		for _, r := range table() {
			rows = append(rows, &r)
		}
	}
	slices.SortStableFunc(rows, compareSections)
	cases := make([]*Case, len(rows))
	for i, r := range rows {
		cases[i] = r.compile(rfc)
	}
	return cases
}

// compile makes the row a case about an RFC.
func (r *row) compile(rfc string) *Case {
	role := wsproto.Client
	if r.roles == AsServer {
		role = wsproto.Server
	}
	section, _, _ := strings.Cut(r.id, "/")
	c := &Case{
		ID:          RFCPrefix + rfc + "/" + r.id,
		Description: r.sends,
		Expectation: r.wants,
		RFC:         []string{"RFC " + rfc + " " + section},
		Clauses:     r.clauses,
		Roles:       r.roles,
		Script:      oracle.Script{Role: role, Handshake: r.open, Steps: r.steps, End: r.end},
		Slow:        r.slow(),
		Quiet:       r.quiet,
		Idle:        r.idle,
		URL:         r.url,
		Beside:      r.beside,
		Measure:     r.measure.of(role, r),
	}
	for _, s := range r.also {
		if !strings.HasPrefix(s, "RFC ") {
			s = "RFC 6455 " + s
		}
		c.RFC = append(c.RFC, s)
	}
	return c
}

// slow reports whether the row is heavy, or its steps more than a megaoctet or a thousand.
func (r *row) slow() bool {
	octets := 0
	for i := range r.steps {
		octets += r.steps[i].Payload.Size()
	}
	return r.heavy || r.measure != nil || octets >= 1<<20 || len(r.steps) > 1000
}

// compareSections orders ids by the numbers of their sections.
func compareSections(a, b *row) int {
	numbers := func(r *row) (n []int) {
		section, _, _ := strings.Cut(r.id, "/")
		for part := range strings.SplitSeq(section, ".") {
			i, err := strconv.Atoi(part)
			if err != nil {
				panic(fmt.Sprintf("catalogue: no section in the id %q", r.id))
			}
			n = append(n, i)
		}
		return n
	}
	return slices.Compare(numbers(a), numbers(b))
}

// Clauses that many rows exercise.
var (
	echoClauses = []oracle.ClauseID{"wscheck/echo-content", "wscheck/echo-type", "wscheck/echo-missing"}
	pingClauses = []oracle.ClauseID{"rfc6455/5.5.2/pong", "rfc6455/5.5.3/pong-payload"}
	openClauses = []oracle.ClauseID{"rfc6455/4.2.2/respond", "rfc6455/4.2.2/accept"}
)

// with adds to a list that others share.
func with[T any](list []T, more ...T) []T { return append(slices.Clip(list), more...) }

// disputed reports whether the clause can be argued both ways.
func disputed(id oracle.ClauseID) bool {
	clause := oracle.Lookup(id)
	return clause != nil && clause.Disputed
}

// The closing words of expectations.
const (
	thenUsable  = " The connection continues as if nothing had happened: our ping is answered, and then our close."
	thenIgnored = " What follows our close frame is not answered. The peer answers the close frame, " +
		"and the TCP connection is closed."
)

// patience is the longest wait for an answer that a peer owes us.
const patience = 5 * time.Second

// failLimit is how long a peer has to fail the connection: long enough that
// the wait by itself proves that it did not.
const failLimit = 2 * time.Second

// echoed awaits the echo of n messages in all.
func echoed(n int) oracle.Step {
	return oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitMessage, Count: n, Timeout: patience}
}

// ponged awaits n pongs in all.
func ponged(n int) oracle.Step {
	return oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitPong, Count: n, Timeout: patience}
}

// ended awaits the end of the connection.
func ended() oracle.Step {
	return oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitEnd, Timeout: failLimit}
}

// step is a step that its kind says all about.
func step(kind oracle.StepKind) oracle.Step { return oracle.Step{Kind: kind} }

// raw sends octets that are not a frame of ours, or hold several.
func raw(octets string) oracle.Step {
	return oracle.Step{Kind: oracle.StepRaw, Payload: literal(octets)}
}

// alone has a step written apart from its neighbours.
func alone(s oracle.Step) oracle.Step {
	s.Sync = true
	return s
}

// chopped has a step written in pieces of n octets.
func chopped(n int, s oracle.Step) oracle.Step {
	s.Chop = n
	return s
}

// declaring gives a frame a header that declares n octets, in that form.
func declaring(n uint64, form wsproto.LengthForm, frame oracle.Step) oracle.Step {
	frame.Declared, frame.HasDeclared, frame.Frame.Form = n, true, form
	return frame
}

// usable is a message and its echo: the least that shows that a connection can
// be used.
func usable() []oracle.Step {
	return []oracle.Step{whole(wsproto.OpText, literal(hello)), echoed(1)}
}

// good is a row about what is legal on an open connection: steps whose
// messages come back, n of them.
func good(id, sends, wants string, clauses []oracle.ClauseID, n int, steps ...oracle.Step) row {
	if n > 0 {
		steps = append(steps, echoed(n))
		clauses = append(slices.Clip(echoClauses), clauses...)
	}
	return row{id: id, roles: InBoth, sends: sends, wants: wants + thenUsable, clauses: clauses, steps: steps}
}

// bad is a row about steps for which the peer has to fail the connection, by
// these clauses. Where all of them are disputed, it may also continue.
func bad(id, sends string, clauses []oracle.ClauseID, steps ...oracle.Step) row {
	r := row{
		id: id, roles: InBoth, sends: sends, clauses: clauses,
		wants: "Nothing that comes after the error is answered." + thenFailed,
		steps: append(steps, ended()),
	}
	switch {
	case !slices.ContainsFunc(clauses, func(c oracle.ClauseID) bool { return !disputed(c) }):
		r.wants = "The frame breaks a rule for senders. Most peers fail the connection, with code 1002; " +
			"one that continues as if the frame were right is reported, but not called wrong."
	case slices.Contains(clauses, "rfc6455/8.1/utf8-fail"):
		r.wants = "The message does not come back." + thenInvalid
	}
	return r
}
