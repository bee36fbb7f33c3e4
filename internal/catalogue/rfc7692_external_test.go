package catalogue_test

import (
	"context"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// deflateCases are the cases about RFC 7692.
func deflateCases(t *testing.T) []*catalogue.Case {
	t.Helper()
	cases := slices.DeleteFunc(catalogue.All(), func(c *catalogue.Case) bool { return !strings.HasPrefix(c.ID, "rfc7692/") })
	if len(cases) == 0 {
		t.Fatal("no cases about RFC 7692")
	}
	return cases
}

func TestDeflateIDs(t *testing.T) {
	form := regexp.MustCompile(`^rfc7692/([0-9]+(?:\.[0-9]+)*)/[a-z0-9]+(-[a-z0-9]+)*$`)
	sections := regexp.MustCompile(`^RFC [0-9]+ [0-9]+(\.[0-9]+)*$`)
	words := regexp.MustCompile(`^[A-Z0-9].*[.)]$`)
	seen, counts := make(map[string]bool), make(map[catalogue.Roles]int)
	var before []int
	for _, c := range deflateCases(t) {
		m := form.FindStringSubmatch(c.ID)
		if m == nil {
			t.Errorf("%s is not well-formed", c.ID)
			continue
		}
		file := strings.NewReplacer(".", "_", "/", "_", "-", "_").Replace(c.ID) // reports name files so
		if seen[file] {
			t.Errorf("%s is there twice, but for punctuation", c.ID)
		}
		seen[file] = true
		counts[c.Roles]++
		if want := c.Roles == catalogue.AsServer; want != (c.Script.Role == wsproto.Server) {
			t.Errorf("%s: the script is written for the %v", c.ID, c.Script.Role)
		}
		if c.RFC[0] != "RFC 7692 "+m[1] {
			t.Errorf("%s is about %s", c.ID, c.RFC[0])
		}
		for _, s := range c.RFC {
			if !sections.MatchString(s) {
				t.Errorf("%s: section %q", c.ID, s)
			}
		}
		for what, text := range map[string]string{"description": c.Description, "expectation": c.Expectation} {
			if !words.MatchString(text) || strings.Contains(text, "  ") || strings.Contains(text, "%!") || strings.Contains(text, "..") {
				t.Errorf("%s: %s %q", c.ID, what, text)
			}
		}
		var section []int
		for part := range strings.SplitSeq(m[1], ".") {
			n, _ := strconv.Atoi(part)
			section = append(section, n)
		}
		if slices.Compare(before, section) > 0 {
			t.Errorf("%s stands after section %v", c.ID, before)
		}
		before = section
	}
	if n := counts[catalogue.AsClient] + counts[catalogue.InBoth]; n == 0 {
		t.Errorf("no case tests servers")
	}
	if n := counts[catalogue.AsServer] + counts[catalogue.InBoth]; n == 0 {
		t.Errorf("no case tests clients")
	}
}

func TestDeflateClauses(t *testing.T) {
	exercised := make(map[oracle.ClauseID]bool)
	for _, c := range deflateCases(t) {
		if len(c.Clauses) == 0 {
			t.Errorf("%s exercises no clause", c.ID)
		}
		for i, id := range c.Clauses {
			exercised[id] = true
			clause := oracle.Lookup(id)
			switch {
			case clause == nil:
				t.Errorf("%s: %s is not a clause", c.ID, id)
				continue
			case !clause.Visible():
				t.Errorf("%s: %s cannot be seen by a case", c.ID, id)
			case slices.Contains(c.Clauses[:i], id):
				t.Errorf("%s names %s twice", c.ID, id)
			}
			if !(c.Roles.Has(wsproto.Client) && clause.Binds.Role(wsproto.Server) || c.Roles.Has(wsproto.Server) && clause.Binds.Role(wsproto.Client)) {
				t.Errorf("%s: %s does not bind those that it tests", c.ID, id)
			}
		}
	}
	for clause := range oracle.Clauses() {
		if clause.ID != ofTheirOwn && strings.HasPrefix(string(clause.ID), "rfc7692/") && clause.Visible() && !exercised[clause.ID] {
			t.Errorf("no case exercises %s", clause.ID)
		}
	}
}

// ofTheirOwn is a clause that only a peer which sets BFINAL can break, and
// nothing makes it do so.
const ofTheirOwn = "rfc7692/7.2.1/padding"

// sentMessage is a compressed message of a script, as an inflater sees it.
type sentMessage struct {
	report deflate.Report
	err    error
}

// sentMessages inflates the hand-made compressed messages of a script, up to
// the first that cannot be.
func sentMessages(s *oracle.Script, agreed deflate.Stream) (messages []sentMessage) {
	z := deflate.NewInflater(agreed, 64<<20)
	var payload []byte
	compressed := false
	for i := range s.Steps {
		st := &s.Steps[i]
		if st.Kind != oracle.StepFrame || st.Frame.Opcode.IsControl() {
			continue
		}
		if st.Frame.Opcode != wsproto.OpContinuation {
			payload, compressed = nil, st.Frame.Rsv == 4
		}
		payload = st.Payload.AppendRange(payload, 0, st.Payload.Size())
		if !compressed || !st.Frame.Fin {
			continue
		}
		_, r, err := z.Message(nil, payload)
		messages = append(messages, sentMessage{r, err})
		if err != nil {
			break
		}
	}
	return messages
}

// TestDeflatePayloads holds what a case claims of its payloads against an
// inflater that knows the least that can have been agreed on: a case whose messages
// have to be taken overruns nothing and ends as it must, and the others do what
// they say.
func TestDeflatePayloads(t *testing.T) {
	least := deflate.Stream{WindowBits: deflate.MinWindowBits, NoContextTakeover: true}
	for _, c := range deflateCases(t) {
		agreed := least
		if slices.Equal(c.Script.Handshake.Offers, []string{deflate.Name}) || strings.HasSuffix(c.ID, "/answer-9-far") {
			agreed.WindowBits = deflate.MaxWindowBits // nobody may limit it, or our answer does not
		}
		legal := slices.Contains(c.Clauses, "wscheck/echo-content")
		overrun := strings.Contains(c.ID, "/window-overrun-")
		dropped := strings.Contains(c.ID, "/context-used-")
		loose := strings.Contains(c.ID, "/tail-")
		invalid := slices.Contains(c.Clauses, "rfc7692/7.2.2/invalid-fail")
		unfinished := slices.Contains(c.Clauses, "rfc7692/7.2.2/unfinished-fail")
		if overrun {
			_, value, _ := strings.Cut(c.ID, "/window-overrun-")
			value, _, _ = strings.Cut(value, "-")
			agreed.WindowBits, _ = strconv.Atoi(value)
		}
		var all deflate.Report
		var fault deflate.Fault
		odd := false
		for _, m := range sentMessages(&c.Script, agreed) {
			all.Window.Max = max(all.Window.Max, m.report.Window.Max)
			all.Context.Count += m.report.Context.Count
			odd = odd || m.report.Ending != deflate.EndStripped || m.report.Padding
			fault = max(fault, m.report.Err.Fault)
		}
		switch {
		case legal && (all.Window.Max > 0 || all.Context.Count > 0 || odd || fault != deflate.FaultNone):
			t.Errorf("%s is not legal: %+v, fault %v", c.ID, all, fault)
		case overrun && (all.Window.Max == 0 || strings.Contains(c.ID, "-one-octet") && all.Window.Max != 1):
			t.Errorf("%s overruns the window by %d octets", c.ID, all.Window.Max)
		case dropped && all.Context.Count == 0:
			t.Errorf("%s uses no context", c.ID)
		case loose && !odd:
			t.Errorf("%s ends as it should", c.ID)
		case (overrun || dropped) && fault != deflate.FaultNone:
			t.Errorf("%s cannot be inflated: %v", c.ID, fault)
		case invalid && (fault == deflate.FaultNone || fault == deflate.FaultUnfinished):
			t.Errorf("%s is DEFLATE: %v", c.ID, fault)
		case unfinished && fault != deflate.FaultUnfinished:
			t.Errorf("%s is finished: %v", c.ID, fault)
		}
	}
}

// conforming plays cases with the conforming endpoint in both of its roles, the long ones where
// WSCHECK_ALL is set.
func conforming(t *testing.T, o reference.Options, of func(*catalogue.Case) bool) []*report.Result {
	t.Helper()
	cases := slices.DeleteFunc(deflateCases(t), func(c *catalogue.Case) bool { return !of(c) || c.Slow && !testseeds.All() })
	var results []*report.Result
	for _, target := range []engine.Target{
		engine.Server(func(conn net.Conn) { _ = reference.ServeConn(conn, o) }),
		engine.ClientFunc(referenceClient(o)),
	} {
		r, err := engine.RunBubble(t, target, &engine.Config{Select: cases})
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r.Agents[0].Results...)
	}
	return results
}

// referenceClient is the conforming client.
func referenceClient(o reference.Options) engine.Client {
	return func(ctx context.Context, dial engine.Dial, url string) error {
		conn, err := dial(ctx, "tcp", "localhost:80")
		if err != nil {
			return err
		}
		return reference.Connect(conn, url, o)
	}
}

// elided reports whether octets are missing from the trace.
func elided(trace *oracle.Trace) bool {
	return slices.ContainsFunc(trace.Events, func(ev oracle.Event) bool { return ev.Elided() })
}

// TestDeflateCasesKept plays every case with the conforming endpoint: it is
// never called wrong, comes to a result, and is given the opportunity to break
// each clause that the case says.
func TestDeflateCasesKept(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and package engine starts the same goroutines")
	}
	for _, r := range conforming(t, reference.Options{Deflate: new(reference.Deflate)}, func(*catalogue.Case) bool { return true }) {
		if r.RFC.Outcome > oracle.Allowed {
			t.Errorf("%s as the %v: %v %s %+v", r.Case.ID, r.Trace.Role, r.RFC.Outcome, r.RFC.Reason, r.RFC.Findings)
		}
		if elided(r.Trace) {
			continue
		}
		j := oracle.NewJudge(r.Trace.Role, oracle.Options{Echo: true, Stay: true})
		for i := range r.Trace.Events {
			j.Feed(&r.Trace.Events[i])
		}
		exercised := j.Exercised()
		for _, id := range r.Case.Clauses {
			if clause := oracle.Lookup(id); id != ofTheirOwn && clause.Binds.Role(r.Trace.Role.Peer()) && !slices.Contains(exercised, id) {
				t.Errorf("%s as the %v does not exercise %s", r.Case.ID, r.Trace.Role, id)
			}
		}
	}
}

// TestDeflateFreedoms plays the cases with conforming endpoints that use what
// the RFCs leave open, that limit what they answer, or that know nothing of
// permessage-deflate: none is called wrong.
func TestDeflateFreedoms(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and package engine starts the same goroutines")
	}
	some := func(c *catalogue.Case) bool { return !strings.HasPrefix(c.ID, "rfc7692/8/") }
	for name, o := range map[string]reference.Options{
		"without": {},
		"limited": {Deflate: &reference.Deflate{ServerMaxWindowBits: 9, ClientMaxWindowBits: 9, ServerNoContextTakeover: true, ClientNoContextTakeover: true}},
		"plain":   {Deflate: new(reference.Deflate), Freedom: reference.Freedom{Compression: reference.CompressNone}},
		"drawn":   {Deflate: new(reference.Deflate), Freedom: reference.Freedoms(7692)},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range conforming(t, o, some) {
				if r.RFC.Outcome == oracle.Violation {
					t.Errorf("%s as the %v: %+v", r.Case.ID, r.Trace.Role, r.RFC.Findings)
				}
			}
		})
	}
}

// TestBombsAgainstLimit plays the bombs with a conforming endpoint that has a
// limit, and above it closes with 1009 or says nothing.
func TestBombsAgainstLimit(t *testing.T) {
	for _, silent := range []bool{false, true} {
		bombsAgainstLimit(t, reference.Options{Deflate: new(reference.Deflate), MaxMessage: 64 << 10,
			Freedom: reference.Freedom{FailSilently: silent}})
	}
}

func bombsAgainstLimit(t *testing.T, o reference.Options) {
	t.Helper()
	for _, r := range conforming(t, o, func(c *catalogue.Case) bool { return strings.HasPrefix(c.ID, "rfc7692/8/bomb-") }) {
		if r.RFC.Outcome != oracle.Unsupported {
			t.Errorf("%s as the %v: %v %s %+v", r.Case.ID, r.Trace.Role, r.RFC.Outcome, r.RFC.Reason, r.RFC.Findings)
		}
	}
}
