package peers

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// course is what one library did in a conversation, and what the oracle has to
// say of it.
type course struct {
	library    string
	extensions string // that it offered, or agreed to
	seen       corpus.Expect
	known      bool // what was seen; not where octets are missing from the trace
	result     *report.Result
}

// patience is how long our side waits before it begins to end a conversation, so
// that what a library does about what came before is distinguished from what it does about
// that: longer than their own time-outs.
const patience = 10 * time.Second

// courses plays a script with every library in a role.
func courses(t *testing.T, role wsproto.Role, script *oracle.Script) (all []course) {
	t.Helper()
	cs := &catalogue.Case{
		ID: "fuzz/differential", Description: "A script that every library plays.",
		Roles: catalogue.InBoth, Script: *script,
	}
	cs.Script.Steps = slices.DeleteFunc(slices.Clone(script.Steps), func(s oracle.Step) bool {
		return s.Kind == oracle.StepFailAfter || s.Kind == oracle.StepCloseAfter
	})
	cs.Script.Steps = append(cs.Script.Steps, oracle.Step{
		Kind: oracle.StepAwait, Until: oracle.AwaitEnd, Count: 1, Timeout: patience,
	})
	cs.Script.Handshake.Refused = false // which would end it sooner
	for _, lib := range All() {
		target := engine.Server(lib.Server)
		if role == wsproto.Client {
			target = engine.ClientFunc(lib.Client)
		}
		r, err := engine.RunBubble(t, target, &engine.Config{Judge: report.JudgeRFC, Select: []*catalogue.Case{cs}})
		if err != nil {
			t.Fatal(err)
		}
		c := course{library: lib.Name, result: r.Agents[0].Results[0]}
		c.seen, c.known = corpus.Observe(c.result.Trace)
		c.extensions = extensionsOf(role, c.result.Trace)
		all = append(all, c)
	}
	return all
}

// extensionsOf returns the value of the peer's Sec-WebSocket-Extensions.
func extensionsOf(role wsproto.Role, trace *oracle.Trace) string {
	var octets []byte
	for i := range trace.Events {
		if ev := &trace.Events[i]; ev.Kind == oracle.EventReceived {
			octets = append(octets, ev.Data...)
		}
	}
	const field = "Sec-WebSocket-Extensions"
	if role == wsproto.Client {
		if r, _, _ := wsproto.ParseRequest(octets); r != nil {
			return strings.Join(r.Values(field), ", ")
		}
	} else if r, _, _ := wsproto.ParseResponse(octets); r != nil {
		return strings.Join(r.Values(field), ", ")
	}
	return ""
}

// explained reports whether the oracle has something to say of the course: that
// it breaks a clause, or bends one that leaves a choice, or shows nothing. What
// another library did instead is then no surprise.
func (c *course) explained() bool {
	v := &c.result.RFC
	return !c.known || v.Outcome != oracle.Pass || len(v.Findings) > 0 || c.limited() || c.disputed() || c.midHeader()
}

// disputed reports whether the conversation puts a clause to the test that can be
// read in two ways, so that the oracle holds neither against a peer.
func (c *course) disputed() bool {
	j := oracle.NewJudge(c.result.Trace.Role, oracle.Options{Echo: true, Stay: true})
	for i := range c.result.Trace.Events {
		j.Feed(&c.result.Trace.Events[i])
	}
	return slices.ContainsFunc(j.Exercised(), func(id oracle.ClauseID) bool { return oracle.Lookup(id).Disputed })
}

// midHeader reports whether our octets end within the header of a frame. A library may fail
// the connection for what it has of that, and may wait for the rest.
func (c *course) midHeader() bool {
	sent, _ := c.result.Trace.Octets(oracle.EventSent)
	_, frames, _ := bytes.Cut(sent, []byte("\r\n\r\n"))
	var p wsproto.Parser
	p.Feed(frames)
	for ok := true; ok; {
		_, ok = p.Next()
	}
	return len(p.Pending()) > 0
}

// maxAsked is the length of a frame from which on each library may have had
// enough, and say so as it likes (RFC 6455 10.4).
const maxAsked = 32 << 20

// limited reports whether the script goes to the limits of libraries, or the
// library closed with a code that speaks of one.
func (c *course) limited() bool {
	for _, code := range c.seen.Codes {
		switch code {
		case wsproto.CloseTooBig, wsproto.CloseUnsupported, wsproto.CloseMandatoryExtension, wsproto.CloseInternal:
			return true
		}
	}
	return c.result.Case != nil && slices.ContainsFunc(c.result.Case.Script.Steps, func(s oracle.Step) bool {
		return s.HasDeclared && s.Declared > maxAsked
	})
}

// choice is the course without what any peer may choose for itself: which of the
// fitting close codes it sends, and whether it sends one.
func (c *course) choice() string {
	switch {
	case !c.known:
		return "unknown"
	case c.seen.Refuse && c.result.Trace.Role == wsproto.Client:
		return "refuse"
	case c.result.Case != nil && closes(&c.result.Case.Script):
		return "end" // as our side wants it: with which code is for the oracle
	case c.seen.Refuse, c.seen.Fail: // a client shows that it refuses by failing
		return "fail"
	}
	return "keep"
}

// closes reports whether our side ends the conversation before the end of the
// script: by a close frame, or by closing TCP in one direction or both.
func closes(s *oracle.Script) bool {
	return slices.ContainsFunc(s.Steps, func(s oracle.Step) bool {
		switch s.Kind {
		case oracle.StepFrame:
			return s.Frame.Opcode == wsproto.OpClose
		case oracle.StepClose, oracle.StepShutdown, oracle.StepReset, oracle.StepDrop:
			return true
		}
		return false
	})
}

// disagreement returns a table of the courses, if two that need no explanation
// differ in whether the connection is opened, kept or failed, and else "". Only
// those are compared that speak the same protocol, by their extensions.
func disagreement(all []course) string {
	choices := map[string]string{} // by extensions
	for i := range all {
		c := &all[i]
		if c.explained() {
			continue
		}
		if other, seen := choices[c.extensions]; seen && other != c.choice() {
			return table(all)
		}
		choices[c.extensions] = c.choice()
	}
	return ""
}

// table shows the courses, one library in a line.
func table(all []course) string {
	var b strings.Builder
	for i := range all {
		c := &all[i]
		fmt.Fprintf(&b, "%-16s %-10s %-14s", c.library, c.seen, c.result.RFC.Outcome)
		for j := range c.result.RFC.Findings {
			fmt.Fprintf(&b, " %s", c.result.RFC.Findings[j].Clause)
		}
		fmt.Fprintf(&b, " %s\n", c.result.RFC.Reason)
	}
	return b.String()
}

// TestDisagreement has libraries disagree: where the oracle explains it, and
// where it does not.
func TestDisagreement(t *testing.T) {
	made := func(library, choice string, outcome oracle.Outcome) course {
		expect, err := corpus.ParseExpect(choice)
		if err != nil {
			t.Fatal(err)
		}
		return course{library: library, seen: expect, known: true, result: &report.Result{Trace: new(oracle.Trace), RFC: oracle.Verdict{Outcome: outcome}}}
	}
	for _, c := range []struct {
		name    string
		courses []course
		want    bool
	}{
		{"they agree", []course{made("a", "keep", oracle.Pass), made("b", "keep", oracle.Pass)}, false},
		{"another code", []course{made("a", "fail 1002", oracle.Pass), made("b", "fail 1007", oracle.Pass)}, false},
		{"one is wrong", []course{made("a", "keep", oracle.Violation), made("b", "fail 1002", oracle.Pass)}, false},
		{"one has a choice", []course{made("a", "keep", oracle.Allowed), made("b", "fail 1002", oracle.Pass)}, false},
		{"one has enough", []course{made("a", "fail 1009", oracle.Pass), made("b", "keep", oracle.Pass)}, false},
		{"another protocol", []course{{"a", "x-compress", corpus.Expect{Keep: true}, true, &report.Result{Trace: new(oracle.Trace)}}, made("b", "fail", oracle.Pass)}, false},
		{"one shows nothing", []course{made("a", "refuse", oracle.Inconclusive), made("b", "keep", oracle.Pass)}, false},
		{"nobody is wrong", []course{made("a", "keep", oracle.Pass), made("b", "fail 1002", oracle.Pass), made("c", "keep", oracle.Violation)}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := disagreement(c.courses)
			if (got != "") != c.want {
				t.Fatalf("got %q, want a table: %v", got, c.want)
			}
			for _, course := range c.courses {
				if c.want && !strings.Contains(got, course.library) {
					t.Errorf("%s is not in\n%s", course.library, got)
				}
			}
		})
	}
}

// TestLibrariesDisagree has the libraries play scripts on which they are known to
// disagree: not all of them check UTF-8, which the oracle explains, and not all of them wait
// for the rest of a header that is wrong already.
func TestLibrariesDisagree(t *testing.T) {
	for _, c := range []struct{ step, fails, keeps string }{
		{"frame TEXT <80>", "gorilla", "coder"},
		{"raw <82ff>\nraw <e22a2a2a2a2a2a2a>", "gorilla", "gws"},
	} {
		script, err := oracle.ParseScript("as client\n" + c.step + "\nend: ping, await the pong, close\n")
		if err != nil {
			t.Fatal(err)
		}
		all := courses(t, wsproto.Server, script)
		choices := map[string]string{}
		for i := range all {
			choices[all[i].library] = all[i].choice()
		}
		if choices[c.fails] != "fail" || choices[c.keeps] != "keep" || disagreement(all) != "" {
			t.Errorf("\n%s", table(all))
		}
	}
}
