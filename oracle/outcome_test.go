package oracle

import (
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

// TestOutcomes is about whole conversations: what a peer is free to do, and what
// they come to.
func TestOutcomes(t *testing.T) {
	limits := func(code wsproto.CloseCode) part {
		return all(tx(binary("a")), rx(bye(code, "")), tx(bye(code, "")), eof())
	}
	tests := []struct {
		name  string
		role  wsproto.Role
		parts []part
		opt   Options
		want  Outcome
	}{
		{"plain", client, parts(tx(text("a")), rx(text("a")), quiet(), farewell()), echoing, Pass},
		{"plain-client", server, parts(tx(text("a")), rx(text("a")), tx(bye(1000, "")), rx(bye(1000, "")), txEOF(), eof()), echoing, Pass},
		{"pongs-coalesced", client, parts(tx(ping("a"), ping("b"), ping("c")), rx(pong("c")), quiet(), farewell()), Options{}, Pass},
		{"pong-unsolicited", client, parts(rx(pong("a")), tx(ping("b")), rx(pong("a"), pong("b")), quiet(), farewell()), Options{}, Pass},
		{"pong-twice", client, parts(tx(ping("a")), rx(pong("a"), pong("a")), quiet(), farewell()), Options{}, Pass},
		{"pong-after-close", client, parts(tx(ping("a")), rx(bye(1000, ""), pong("a")), tx(bye(1000, "")), eof()), Options{}, Pass},
		{"no-pong-after-close", client, parts(tx(ping("a"), bye(1000, "")), rx(bye(1000, "")), eof(), quiet()), Options{}, Allowed},
		{"echo-fragmented", client, parts(tx(text("abc")), rx(text("a").more(), ping("x"), cont("").more(), pong("y"), cont("bc")), quiet(), farewell()), echoing, Pass},
		{"echo-while-we-send", client, parts(tx(text("ab").more()), rx(text("ab").more()), tx(cont("c")), rx(cont("c")), quiet(), farewell()), echoing, Pass},
		{"echo-in-flight", client, parts(tx(text("a"), bye(1000, "")), rx(text("a"), bye(1000, "")), eof()), echoing, Pass},
		{"echo-left-out", client, parts(tx(text("a"), bye(1000, "")), rx(bye(1000, "")), eof()), echoing, Allowed},
		{"code-other", client, parts(tx(bye(1000, "")), rx(bye(3000, "bye")), eof()), Options{}, Pass},
		{"code-none", client, parts(tx(bye(1000, "")), rx(closeFrame("")), eof()), Options{}, Pass},
		{"closes-first", client, parts(rx(bye(3999, "")), tx(bye(3999, "")), eof()), Options{}, Pass},
		{"closes-both", client, parts(rx(bye(1000, "")), tx(bye(1001, "")), eof()), Options{}, Pass},
		{"closes-in-message", client, parts(rx(text("a").more(), bye(1000, "")), tx(bye(1000, "")), eof()), Options{}, Pass},
		{"closes-early", client, parts(tx(text("a")), rx(bye(1000, "")), tx(bye(1000, "")), eof()), echoing, Inconclusive},
		{"too-big", client, parts(limits(1009)), Options{Echo: true, Stay: true}, Unsupported},
		{"going-away", client, parts(limits(1001)), Options{Echo: true, Stay: true}, Unsupported},
		{"private", client, parts(limits(4000)), Options{Echo: true, Stay: true}, Unsupported},
		{"library", client, parts(limits(3999)), Options{Echo: true, Stay: true}, Violation},
		{"drops", client, parts(eof()), Options{}, Allowed},
		{"reset-after-close", client, parts(tx(bye(1000, "")), reset()), Options{}, Pass},
		{"half-closed", client, parts(txEOF(), eof()), Options{}, Pass},
		{"half-closed-and-left", server, parts(tx(text("a")), txEOF(), eof()), echoing, Allowed},
		{"half-closed-and-mute", server, parts(tx(text("a")), quiet(), txEOF(), eof()), echoing, Violation},
		{"fails", client, parts(tx(text("\xff")), rx(bye(1007, "")), eof()), Options{}, Pass},
		{"fails-in-frame", client, parts(tx(text("\xff").declared(2)), rx(bye(1007, "")), eof()), Options{}, Pass},
		{"fails-late", client, parts(tx(text("\xff").more()), quiet(), tx(cont("")), rx(bye(1007, "")), eof()), Options{}, Pass},
		{"fails-at-frame-end", client, parts(tx(frame(3, "a").declared(2)), quiet(), closed()), Options{}, Inconclusive},
		{"fails-by-reset", client, parts(tx(text("\xff")), reset()), Options{}, Pass},
		{"fails-in-header", client, parts(tx(raw("\xc1")), rx(bye(1002, "")), eof()), Options{Stay: true}, Pass},
		{"fails-unmasked", client, parts(tx(text("a").wrongMask()), eof()), Options{}, Pass},
		{"fails-other-code", client, parts(tx(text("\xff")), rx(bye(1000, "")), eof()), Options{}, Allowed},
		{"fails-unsettled", client, parts(tx(text("\xff")), closed()), Options{}, Inconclusive},
		{"fails-with-pong-of-before", client, parts(tx(ping("before"), text("a").rsv(1)), rx(pong("before"), bye(1002, "")), eof()), Options{}, Pass},
		{"not-minimal-refused", client, parts(tx(text("a").form(wsproto.Form16)), rx(bye(1002, "")), eof()), Options{Stay: true}, Pass},
		{"not-minimal-taken", client, parts(tx(text("a").form(wsproto.Form16)), rx(text("a")), quiet(), farewell()), echoing, Allowed},
		{"pong-lookalike", client, parts(tx(text("a").rsv(1), ping("")), rx(pong(""), bye(1002, "")), eof()), Options{}, Pass},
		{"after-our-close", client, parts(tx(bye(1000, ""), text("a").rsv(1)), rx(bye(1000, "")), eof()), Options{}, Pass},
		{"client-fails-silently", server, parts(tx(text("a").rsv(1)), tx(ping("b"), text("c")), quiet(), closed()), echoing, Allowed},
		{"client-fails-silently-and-we-end", server, parts(tx(text("a").rsv(1)), quiet(), txEOF(), closed()), Options{}, Inconclusive},
		{"client-goes-on-and-we-end", server, parts(tx(text("a").rsv(1)), quiet(), txEOF(), quiet(), closed()), Options{}, Violation},
		{"client-fails-silently-on-close", server, parts(tx(closeFrame("a")), quiet(), closed()), Options{}, Allowed},
		{"client-fails-silently-late", server, parts(tx(text("a").rsv(1)), quiet(), txEOF(), eof()), Options{}, Allowed},
		{"takes-fragmented-close", client, parts(tx(bye(1000, "").more()), rx(bye(1000, "")), eof()), Options{}, Allowed},
		{"takes-bad-reason", client, parts(tx(bye(1000, "\xff")), rx(bye(1000, "")), eof()), Options{}, Allowed},
		{"keys-repeat", server, parts(rx(text("a").keyed([4]byte{}), text("b").keyed([4]byte{})), quiet(), closed()), Options{}, Pass},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, v := judgeBoth(t, traceOf(tt.role, append(parts(open()), tt.parts...)...), tt.opt); v.Outcome != tt.want {
				t.Errorf("got %+v, want %v", v, tt.want)
			}
		})
	}
}

// TestClientThatGoesOn has a client take what it may refuse: that it may fail in silence is no reason then.
func TestClientThatGoesOn(t *testing.T) {
	for _, tt := range []struct {
		parts  []part
		reason string
	}{
		{parts(rx(text("a")), quiet(), closed()), ""},
		{parts(quiet(), closed()), reasonMute},
	} {
		trace := traceOf(server, append(parts(open(), tx(text("a").form(wsproto.Form16))), tt.parts...)...)
		if _, v := judgeBoth(t, trace, echoing); v.Outcome != Allowed || v.Reason != tt.reason {
			t.Errorf("got %+v, want the reason %q", v, tt.reason)
		}
	}
}

// TestLengthOfNothing has a server declare a body of no octets with status 101.
func TestLengthOfNothing(t *testing.T) {
	_, v := judgeBoth(t, traceOf(client, asked(), answered(with("Content-Length", "0")), tx(text("a")), rx(text("a")), quiet(), farewell()), echoing)
	if v.Outcome != Allowed || len(v.Findings) != 1 || v.Findings[0].Clause != "rfc6455/4.2.2/response-bodiless" {
		t.Errorf("got %+v", v)
	}
}

func TestElided(t *testing.T) {
	trace := traceOf(client, open(), tx(text("a")), rx(text("b")))
	for i := range trace.Events {
		trace.Events[i].N += i / 2
	}
	if v := JudgeTrace(trace, echoing); v.Outcome != Inconclusive || len(v.Findings) > 0 {
		t.Errorf("got %+v", v)
	}
}

func TestJudgeAgain(t *testing.T) {
	bad := traceOf(client, open(), tx(text("a").rsv(1)), quiet(), closed())
	good := traceOf(client, open(), tx(text("a")), rx(text("a")), quiet(), farewell())
	j := new(Judge)
	for range 3 {
		for trace, want := range map[*Trace]Outcome{bad: Violation, good: Pass} {
			j.Reset(trace.Role, echoing)
			for i := range trace.Events {
				j.Feed(&trace.Events[i])
			}
			if v := j.Verdict(); v.Outcome != want {
				t.Errorf("got %+v, want %v", v, want)
			}
			if got := j.Reached(); len(got) < 3 || got[0] != "opening" || got[1] != "open" {
				t.Errorf("reached %v", got)
			}
		}
	}
}

// TestSteadyState: a judge that is used again needs next to no memory.
func TestSteadyState(t *testing.T) {
	trace := traceOf(client, open(), tx(text("hello"), ping("a")), rx(text("hello"), pong("a")), quiet(), farewell())
	j := new(Judge)
	allocs := testing.AllocsPerRun(100, func() {
		j.Reset(trace.Role, echoing)
		for i := range trace.Events {
			j.Feed(&trace.Events[i])
		}
	})
	if allocs > 4 {
		t.Errorf("%v allocations in a conversation", allocs)
	}
}
