package oracle

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

const (
	client = wsproto.Client
	server = wsproto.Server
)

var echoing = Options{Echo: true}

// clauseCase is two conversations that differ in one thing: whether the clause
// is broken.
type clauseCase struct {
	clause ClauseID
	name   string // where a clause has several cases
	role   wsproto.Role
	opt    Options
	breaks []part
	keeps  []part

	noChance bool   // to break it, in the conversation that keeps it
	plain    *Plain // what both are compared with; nil for nothing
}

func newCase(clause ClauseID, name string, role wsproto.Role, o Options, breaks, keeps []part) clauseCase {
	return clauseCase{clause: clause, name: name, role: role, opt: o, breaks: breaks, keeps: keeps}
}

func parts(p ...part) []part { return p }

// opened, deflated and so on put the opening handshake before both.
func (c clauseCase) after(before part) clauseCase {
	c.breaks = append(parts(before), c.breaks...)
	c.keeps = append(parts(before), c.keeps...)
	return c
}

func (c clauseCase) test(t *testing.T) {
	clause := Lookup(c.clause)
	if clause == nil {
		t.Fatal("no such clause")
	}
	j, v := judgeCompared(t, traceOf(c.role, c.breaks...), c.opt, c.plain)
	want := Allowed
	switch {
	case clause.Fatal():
		want = Violation
	case clause.ID == ruleClosePrompt.clause().ID, clause.ID == rulePongPrompt.clause().ID:
		want = Slow // they are about nothing but time
	}
	i := slices.IndexFunc(v.Findings, func(f Finding) bool { return f.Clause == c.clause })
	switch {
	case i < 0:
		t.Errorf("broken: not found in %+v", v)
	case v.Findings[i].Outcome != want:
		t.Errorf("broken: %+v, want %v", v.Findings[i], want)
	case v.Findings[i].Want == "" || v.Findings[i].Got == "":
		t.Errorf("broken: nothing wanted or got in %+v", v.Findings[i])
	case want == Violation && v.Outcome != Violation:
		t.Errorf("broken: outcome %v", v.Outcome)
	}
	if !slices.Contains(j.Exercised(), c.clause) {
		t.Errorf("broken: not among the exercised %v", j.Exercised())
	}
	j, v = judgeCompared(t, traceOf(c.role, c.keeps...), c.opt, c.plain)
	if v.Outcome == Violation {
		t.Errorf("kept: %+v", v)
	}
	if slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Clause == c.clause }) {
		t.Errorf("kept: found in %+v", v)
	}
	if slices.Contains(j.Exercised(), c.clause) == c.noChance {
		t.Errorf("kept: exercised are %v", j.Exercised())
	}
}

// judgeBoth judges a trace as it is, and once more octet by octet, which has to
// come to the same.
func judgeBoth(t *testing.T, trace *Trace, o Options) (*Judge, Verdict) {
	t.Helper()
	return judgeCompared(t, trace, o, nil)
}

// judgeCompared is judgeBoth with a plain conversation to compare with.
func judgeCompared(t *testing.T, trace *Trace, o Options, plain *Plain) (*Judge, Verdict) {
	t.Helper()
	judge := func(trace *Trace) (*Judge, Verdict) {
		j := NewJudge(trace.Role, o)
		for i := range trace.Events {
			j.Feed(&trace.Events[i])
		}
		if plain != nil {
			j.Compare(func() *Plain { return plain })
		}
		return j, j.Verdict()
	}
	j, v := judge(trace)
	_, chopped := judge(chop(trace))
	same := func(a, b Finding) bool { return a.Clause == b.Clause && a.Outcome == b.Outcome && a.Got == b.Got }
	if v.Outcome != chopped.Outcome || !slices.EqualFunc(v.Findings, chopped.Findings, same) {
		t.Errorf("octet by octet: %+v\nat once: %+v", chopped, v)
	}
	return j, v
}

// chop returns the trace with an event for each octet.
func chop(trace *Trace) *Trace {
	c := &Trace{Role: trace.Role}
	for _, ev := range trace.Events {
		if len(ev.Data) == 0 {
			c.Events = append(c.Events, ev)
			continue
		}
		for i := range ev.Data {
			one := ev
			one.Data, one.N = ev.Data[i:i+1], 1
			c.Events = append(c.Events, one)
		}
	}
	return c
}

func TestClauseCases(t *testing.T) {
	covered := make(map[ClauseID]bool)
	for _, group := range [][]clauseCase{openingCases(), framingCases(), failingCases(), closingCases(), deflateCases(), contractCases(), dialectCases(), comparedCases()} {
		for _, c := range group {
			covered[c.clause] = true
			name := string(c.clause)
			if c.name != "" {
				name += "/" + c.name
			}
			t.Run(name, c.test)
		}
	}
	for c := range Clauses() {
		if c.Visible() && !covered[c.ID] && c.Over() == HTTP1 { // the mutants of package http2 break the others
			t.Errorf("no case for %s", c.ID)
		}
	}
}

// framingCases are about what the peer sends, after the opening handshake.
func framingCases() []clauseCase {
	bad := func(clause ClauseID, name string, role wsproto.Role, bad, good piece) clauseCase {
		return newCase(clause, name, role, Options{}, parts(rx(bad)), parts(rx(good), quiet())).after(open())
	}
	long := strings.Repeat("x", 126)
	keys := func(keys ...uint32) part {
		var frames []piece
		for _, k := range keys {
			frames = append(frames, text("a").keyed([4]byte{byte(k >> 24), byte(k >> 16), byte(k >> 8), byte(k)}))
		}
		return rx(frames...)
	}
	unkeyed := func(payload string) part {
		frame := text(payload).keyed([4]byte{})
		return rx(frame, frame, frame, frame)
	}
	return []clauseCase{
		bad("rfc6455/6.1/framed", "response", client, raw("HTTP/1.1 400 Bad Request\r\n\r\n"), text("HTTP/1.1 400 Bad Request\r\n\r\n")),
		bad("rfc6455/6.1/framed", "request", server, raw("GET / HTTP/1.1\r\n\r\n"), text("GET / HTTP/1.1\r\n\r\n")),
		bad("rfc6455/5.1/client-masks", "", server, text("a").wrongMask(), text("a")),
		bad("rfc6455/5.1/server-masks-not", "", client, text("a").wrongMask(), text("a")),
		bad("rfc6455/5.2/rsv", "rsv1", client, text("a").rsv(4), text("a")),
		bad("rfc6455/5.2/rsv", "rsv2", client, ping("a").rsv(2), ping("a")),
		bad("rfc6455/5.2/rsv", "rsv3", server, text("a").rsv(1), text("a")),
		bad("rfc6455/5.2/opcode", "data", client, frame(3, "a"), text("a")),
		bad("rfc6455/5.2/opcode", "control", client, frame(0xb, "a"), pong("a")),
		bad("rfc6455/5.2/length-63bit", "", client,
			text("").form(wsproto.Form64).declared(1<<63), text("").form(wsproto.Form64).declared(1<<63-1)),
		bad("rfc6455/5.2/length-minimal", "16", client, text("a").form(wsproto.Form16), text("a")),
		bad("rfc6455/5.2/length-minimal", "64", client, text(long).form(wsproto.Form64), text(long)),
		newCase("rfc6455/5.3/fresh-key", "", server, Options{},
			parts(open(), keys(7, 7, 7, 7)), parts(open(), keys(7, 7, 7, 700))),
		newCase("rfc6455/5.3/fresh-key", "alternate", server, Options{},
			parts(open(), keys(1, 700, 1, 700, 1)), parts(open(), keys(1, 700, 1, 700, 9))),
		newCase("rfc6455/5.3/fresh-key", "nothing to mask", server, Options{},
			parts(open(), keys(5, 9), unkeyed("a")), parts(open(), keys(5, 9), unkeyed(""))),
		newCase("rfc6455/5.3/key-predictable", "", server, Options{},
			parts(open(), keys(10, 13, 16, 19, 22)), parts(open(), keys(10, 13, 16, 19, 23))),
		newCase("rfc6455/5.3/key-predictable", "little-endian", server, Options{},
			parts(open(), keys(1<<24, 2<<24, 3<<24, 4<<24, 5<<24)), parts(open(), keys(1<<24, 2<<24, 3<<24, 4<<24, 1<<23))),
		newCase("rfc6455/5.3/key-predictable", "complement", server, Options{},
			parts(open(), keys(1, 0xfffffffe, 700, 0xfffffd43, 90000, 0xfffea06f, 5, 0xfffffffa)),
			parts(open(), keys(1, 0xfffffffe, 700, 0xfffffd43, 90000, 0xfffea06f, 5, 0xfffffffb))),
		newCase("rfc6455/5.3/key-predictable", "few-bits", server, Options{},
			parts(open(), keys(drawnKeys(40, 0x0000ffff)...)), parts(open(), keys(drawnKeys(40, 0x0001ffff)...))),
		bad("rfc6455/5.4/interleaved", "", client, raw("\x01\x01a\x81\x01b"), raw("\x01\x01a\x80\x01b")),
		bad("rfc6455/5.4/continuation", "", client, cont("a"), raw("\x01\x00\x80\x01a")),
		bad("rfc6455/5.4/continuation", "after-message", client, raw("\x01\x00\x80\x01a\x80\x01b"), raw("\x01\x00\x00\x01a\x80\x01b")),
		bad("rfc6455/5.5/control-length", "", client, ping(long), ping(long[:125])),
		bad("rfc6455/5.5/control-fragmented", "", client, ping("a").more(), ping("a")),
		bad("rfc6455/5.6/text-utf8", "octet", client, text("\xff"), binary("\xff")).alsoExercise(text("ÿ")),
		bad("rfc6455/5.6/text-utf8", "cut", client, text("\xc3"), raw("\x01\x01\xc3\x89\x00\x80\x01\xbf")),
		bad("rfc6455/5.6/text-utf8", "surrogate", server, text("\xed\xa0\x80"), text("\xed\x9f\xbf")),
	}
}

// TestMasked demands the headers of masked frames, without a key that came shortly before and
// without one of 0 that masks nothing, and no more than are kept.
func TestMasked(t *testing.T) {
	key := func(k byte) [4]byte { return [4]byte{k, 1, 2, k} }
	j, _ := judgeBoth(t, traceOf(server, open(), rx(text("a").keyed(key(7)), ping("").keyed([4]byte{}), ping("b").keyed(key(8)), text("c").keyed(key(7)))), Options{})
	masked := j.Masked()
	if len(masked) != 2 || masked[0].Mask != key(7) || masked[0].Opcode != wsproto.OpText || masked[1].Mask != key(8) || masked[1].Opcode != wsproto.OpPing {
		t.Errorf("got %v", masked)
	}
	var many []piece
	for range 2 * keysKept {
		many = append(many, text("a"))
	}
	if j, _ = judgeBoth(t, traceOf(server, open(), rx(many...)), Options{}); len(j.Masked()) != keysKept {
		t.Errorf("%d headers are kept, want %d", len(j.Masked()), keysKept)
	}
}

// drawnKeys returns n keys that have these bits at most.
func drawnKeys(n int, bits uint32) []uint32 {
	rng := rand.New(rand.NewPCG(1, 2))
	drawn := make([]uint32, n)
	for i := range drawn {
		drawn[i] = rng.Uint32() & bits
	}
	return drawn
}

// alsoExercise adds a piece of the peer's to the conversation that keeps the
// clause.
func (c clauseCase) alsoExercise(p piece) clauseCase {
	c.keeps = append(c.keeps, rx(p))
	return c
}

// failingCases are about what we send and the peer must not take.
func failingCases() []clauseCase {
	// The peer goes on and answers a ping, stays silent, or fails.
	bad := func(clause ClauseID, name string, role wsproto.Role, bad ...piece) clauseCase {
		return newCase(clause, name, role, Options{},
			parts(tx(bad...), tx(ping("are you there")), rx(pong("are you there"))),
			parts(tx(bad...), rx(bye(1002, "")), eof())).after(open())
	}
	silent := func(clause ClauseID, role wsproto.Role, bad ...piece) clauseCase {
		return newCase(clause, "silent", role, Options{},
			parts(tx(bad...), quiet(), closed()),
			parts(tx(bad...), quiet(), rx(bye(1002, "")), eof())).after(open())
	}
	long := strings.Repeat("x", 126)
	closes := func(clause ClauseID, bad piece) clauseCase {
		return newCase(clause, "", client, Options{},
			parts(tx(bad), quiet(), closed()),
			parts(tx(bad), quiet(), rx(bye(1002, "")), eof())).after(open())
	}
	return []clauseCase{
		bad("rfc6455/5.1/server-closes-unmasked", "", client, text("a").wrongMask()),
		silent("rfc6455/5.1/server-closes-unmasked", client, text("a").wrongMask()),
		bad("rfc6455/5.1/client-closes-masked", "", server, text("a").wrongMask()),
		bad("rfc6455/5.2/rsv-fail", "rsv1", client, text("a").rsv(4)),
		bad("rfc6455/5.2/rsv-fail", "rsv3", server, pong("a").rsv(1)),
		silent("rfc6455/5.2/rsv-fail", client, text("a").rsv(2)),
		bad("rfc6455/5.2/opcode-fail", "data", client, frame(7, "a")),
		bad("rfc6455/5.2/opcode-fail", "control", server, frame(0xf, "")),
		newCase("rfc6455/5.2/length-63bit-fail", "", client, Options{},
			parts(open(), tx(text("").form(wsproto.Form64).declared(1<<63)), quiet(), closed()),
			parts(open(), tx(text("").form(wsproto.Form64).declared(1<<63)), rx(bye(1009, "")), eof())),
		newCase("rfc6455/5.2/length-63bit-fail", "client", server, echoing,
			parts(open(), tx(text("").form(wsproto.Form64).declared(1<<63)), rx(text(""))),
			parts(open(), tx(text("a"), text("").form(wsproto.Form64).declared(1<<63)), rx(text("a")), eof())),
		bad("rfc6455/5.2/length-minimal-fail", "", client, text("a").form(wsproto.Form16)),
		silent("rfc6455/5.2/length-minimal-fail", client, text("a").form(wsproto.Form64)),
		bad("rfc6455/5.4/interleaved-fail", "", client, text("a").more(), text("b")),
		bad("rfc6455/5.4/continuation-fail", "", client, cont("a")),
		bad("rfc6455/5.5/control-length-fail", "", client, ping(long)),
		bad("rfc6455/5.5/control-fragmented-fail", "", client, ping("a").more()),
		silent("rfc6455/5.5/control-length-fail", client, bye(4321, long)),
		silent("rfc6455/5.5/control-fragmented-fail", client, bye(4321, "").more()),
		bad("rfc6455/8.1/utf8-fail", "", client, text("\xce\xba\xed\xa0\x80")),
		bad("rfc6455/8.1/utf8-fail", "cut", server, text("a\xf4").more(), cont("\x8f\xbf")),
		newCase("rfc6455/8.1/utf8-fail", "echoed", client, echoing,
			parts(open(), tx(text("\xff")), rx(text("\xff"))),
			parts(open(), tx(text("\xff").more()), quiet(), rx(bye(1007, "")), eof())),
		newCase("rfc6455/5.2/rsv-fail", "echoed", client, echoing,
			parts(open(), tx(text("a").rsv(4)), rx(text("a"))),
			parts(open(), tx(text("a"), text("b").rsv(4)), rx(text("a")), eof())),
		newCase("rfc6455/5.2/rsv-fail", "close-answered", client, Options{},
			parts(open(), tx(text("a").rsv(4)), quiet(), tx(bye(1000, "")), rx(bye(1000, "")), eof()),
			parts(open(), tx(text("a").rsv(4)), tx(bye(1000, "")), rx(bye(1000, "")), eof())),
		newCase("rfc6455/5.2/rsv-fail", "close-answered-by-client", server, Options{},
			parts(open(), tx(text("a").rsv(4)), quiet(), tx(bye(1000, "")), rx(bye(1000, "")), eof()),
			parts(open(), tx(text("a").rsv(4)), quiet(), tx(bye(1000, "")), txEOF(), eof())),
		newCase("rfc6455/5.2/rsv-fail", "silent-client", server, Options{},
			parts(open(), tx(text("a").rsv(4)), txEOF(), quiet(), closed()),
			parts(open(), tx(text("a").rsv(4)), quiet(), closed())),
		closes("rfc6455/5.5.1/close-body-fail", closeFrame("\x03")),
		closes("rfc6455/8.1/reason-fail", bye(1000, "\xff")),
		newCase("rfc6455/5.5.1/close-body-fail", "pong-of-client", server, Options{},
			parts(open(), tx(closeFrame("\x03"), ping("still there")), rx(pong("still there")), closed()),
			parts(open(), tx(ping("still there"), closeFrame("\x03"), ping("still there")), rx(pong("still there")), closed())),
		newCase("rfc6455/8.1/reason-fail", "pong-of-client", server, Options{},
			parts(open(), tx(bye(1000, "\xff"), ping("still there")), rx(pong("still there")), closed()),
			parts(open(), tx(bye(1000, "\xff"), ping("ah"), ping("still there"), ping("ah")), rx(pong("ah"), pong("still")), closed())),
		newCase("rfc6455/8.1/reason-fail", "given-back", client, Options{},
			parts(open(), tx(bye(3456, "\xff")), rx(bye(3456, "")), eof()), parts(open(), tx(bye(3456, "\xff")), rx(bye(3457, "")), eof())),
		newCase("rfc6455/5.5/control-length-fail", "given-back", server, Options{},
			parts(open(), tx(bye(4321, strings.Repeat("*", 124))), rx(bye(4321, "")), closed()),
			parts(open(), tx(bye(4321, strings.Repeat("*", 124))), rx(bye(4322, "")), closed())),
		newCase("rfc6455/5.5/control-fragmented-fail", "given-back", client, Options{},
			parts(open(), tx(bye(4321, "").more()), rx(bye(4321, "")), eof()), parts(open(), tx(bye(4321, "").more()), rx(bye(1002, "")), eof())),
		newCase("rfc6455/5.2/rsv-fail", "close-given-back", client, Options{},
			parts(open(), tx(text("a").rsv(1), bye(4321, "")), rx(bye(4321, "")), eof()),
			parts(open(), tx(text("a").rsv(1), bye(4321, "")), rx(bye(1002, "")), eof())),
		newCase("rfc6455/7.1.7/close-frame", "", client, Options{},
			parts(open(), tx(text("\xff")), eof()),
			parts(open(), tx(text("\xff")), rx(bye(1007, "")), eof())),
		newCase("rfc6455/7.1.7/status-code", "", client, Options{},
			parts(open(), tx(text("\xff")), rx(bye(1000, "")), eof()),
			parts(open(), tx(text("\xff")), rx(bye(1007, "")), eof())),
		newCase("rfc6455/7.1.7/stop", "", client, Options{},
			parts(open(), tx(text("\xff")), rx(bye(1007, "")), tx(ping("still there")), rx(pong("still there"))),
			parts(open(), tx(ping("still there"), text("\xff")), rx(bye(1007, ""), pong("still there")), eof())).idle(),
		newCase("rfc6455/7.1.7/close-tcp", "", client, Options{},
			parts(open(), tx(text("\xff")), rx(bye(1007, "")), tx(bye(1007, "")), quiet(), closed()),
			parts(open(), tx(text("\xff")), rx(bye(1007, "")), tx(bye(1007, "")), eof())),
	}
}

// idle says that the conversation which keeps the clause is one without the
// opportunity to break it.
func (c clauseCase) idle() clauseCase {
	c.noChance = true
	return c
}

// TestSomePingsWithinAnswered: a peer that answers pings in the middle of a message, and not the
// last, handles control frames there.
func TestSomePingsWithinAnswered(t *testing.T) {
	trace := traceOf(client, open(), tx(text("a").more(), ping("first"), ping("last")), rx(pong("first")), quiet(), closed())
	v := JudgeTrace(trace, Options{})
	if got, want := v.Broken(), []ClauseID{rulePong.clause().ID}; !slices.Equal(got, want) {
		t.Errorf("broken: %v, want %v", got, want)
	}
}

// closingCases are about control frames, closing and the end of TCP.
func closingCases() []clauseCase {
	opened := func(clause ClauseID, name string, role wsproto.Role, breaks, keeps []part) clauseCase {
		return clauseCase{clause: clause, name: name, role: role, breaks: breaks, keeps: keeps}.after(open())
	}
	code := func(clause ClauseID, code wsproto.CloseCode, good wsproto.CloseCode) clauseCase {
		return opened(clause, code.String(), client, parts(rx(bye(code, ""))), parts(rx(bye(good, ""))))
	}
	return []clauseCase{
		opened("rfc6455/5.4/control-within", "", client,
			parts(tx(text("a").more(), ping("in")), quiet(), closed()),
			parts(tx(text("a").more(), ping("in")), rx(pong("in")), quiet(), closed())),
		opened("rfc6455/5.5.2/pong", "", client,
			parts(tx(ping("a")), quiet(), farewell()),
			parts(tx(ping("a")), farewell())),
		opened("rfc6455/5.5.2/pong", "timer", client,
			parts(tx(ping("a")), timer(time.Second), closed()),
			parts(tx(ping("a")), timer(time.Second-1), closed())),
		opened("rfc6455/5.5.2/pong", "wrong-one", server,
			parts(tx(ping("a"), ping("b")), rx(pong("a"), pong("a")), quiet()),
			parts(tx(ping("a"), ping("b")), rx(pong("b")), quiet())),
		opened("rfc6455/5.5.2/pong-prompt", "", client,
			parts(tx(ping("a")), quiet(), tx(text("b")), rx(pong("a")), quiet()),
			parts(tx(ping("a")), tx(text("b")), rx(pong("a")), quiet())),
		opened("rfc6455/5.5.3/pong-payload", "", client,
			parts(tx(ping("abc")), rx(pong("ABC")), quiet()),
			parts(tx(ping("abc")), rx(pong("ABC"), pong("abc")), quiet())),
		opened("rfc6455/5.5.3/pong-payload", "all-but", client,
			parts(tx(ping("sixteen and more")), rx(pong("sixteen and more ")), tx(ping("b")), rx(pong("b"))),
			parts(tx(ping("sixteen and more")), rx(pong("Sixteen pieces of mine")), tx(ping("b")), rx(pong("b")))),
		opened("rfc6455/5.5.3/pong-payload", "cut", client,
			parts(tx(ping("sixteen octets and more")), rx(pong("sixteen octets a")), tx(ping("b")), rx(pong("b"))),
			parts(tx(ping("sixteen octets and more")), rx(pong("sixteen octets ")), tx(ping("b")), rx(pong("b")))),
		opened("rfc6455/5.5.3/pong-payload", "one-octet", client,
			parts(tx(ping(strings.Repeat("ab", 50))), rx(pong(strings.Repeat("ab", 49)+"aB")), tx(ping("b")), rx(pong("b"))),
			parts(tx(ping(strings.Repeat("a", 100))), rx(pong(strings.Repeat("a", 99))), tx(ping("b")), rx(pong("b")))),
		opened("rfc6455/5.5.3/pong-payload", "not-our-pong", client,
			parts(tx(pong("sixteen octets"), ping("sixteen octets and more")), rx(pong("sixteen octets and mor")), tx(ping("b")), rx(pong("b"))),
			parts(tx(pong("sixteen octets and mor"), ping("sixteen octets and more")), rx(pong("sixteen octets and mor")), tx(ping("b")), rx(pong("b")))),
		opened("rfc6455/5.5.1/close-body", "", client, parts(rx(closeFrame("\x03"))), parts(rx(closeFrame("")))),
		opened("rfc6455/5.5.1/reason-utf8", "", client, parts(rx(bye(1000, "\xff"))), parts(rx(bye(1000, "ÿ")))),
		opened("rfc6455/5.5.1/data-after-close", "", client,
			parts(rx(bye(1000, ""), text("a"))), parts(rx(text("a").more(), bye(1000, ""), pong("")))),
		opened("rfc6455/5.5.1/close-reply", "", client,
			parts(tx(bye(1000, "")), quiet(), closed()),
			parts(tx(bye(1000, "")), rx(text("a"), bye(1000, "")), eof())),
		opened("rfc6455/5.5.1/close-reply", "dropped", client,
			parts(quiet(), tx(bye(1000, "")), eof()),
			parts(quiet(), tx(bye(1000, "")), reset())),
		clauseCase{
			clause: "rfc6455/5.5.1/close-reply", name: "dropped-next", role: client, opt: Options{Stay: true},
			breaks: parts(tx(ping("all read")), rx(pong("all read")), tx(bye(1000, "")), eof()),
			keeps:  parts(tx(ping("all read")), rx(pong("all read")), tx(bye(1000, "")), reset()),
		}.after(open()),
		clauseCase{
			clause: "rfc6455/5.5.1/close-reply", name: "dropped-not-last", role: client, opt: Options{Stay: true},
			breaks: parts(quiet(), tx(bye(1000, "")), eof()),
			keeps:  parts(quiet(), tx(bye(1000, ""), text("\xff")), eof()),
		}.after(open()),
		clauseCase{
			clause: "rfc6455/5.5.1/close-reply", name: "dropped-code", role: client, opt: Options{Stay: true},
			breaks: parts(quiet(), tx(bye(3000, "")), eof()),
			keeps:  parts(quiet(), tx(bye(1014, "")), eof()),
		}.after(open()),
		clauseCase{
			clause: "rfc6455/5.5.1/close-reply", name: "dropped-next-not-last", role: client, opt: Options{Stay: true},
			breaks: parts(tx(ping("all read")), rx(pong("all read")), tx(bye(1000, "")), eof()),
			keeps:  parts(tx(ping("all read")), rx(pong("all read")), tx(bye(1000, ""), text("\xff")), eof()),
		}.after(open()),
		clauseCase{
			clause: "rfc6455/5.5.1/close-reply", name: "dropped-next-code", role: client, opt: Options{Stay: true},
			breaks: parts(tx(ping("all read")), rx(pong("all read")), tx(bye(3000, "")), eof()),
			keeps:  parts(tx(ping("all read")), rx(pong("all read")), tx(bye(1014, "")), eof()),
		}.after(open()),
		clauseCase{
			clause: "rfc6455/5.5.1/close-reply", name: "dropped-not-next", role: client, opt: Options{Stay: true, Echo: true},
			breaks: parts(tx(text("abc")), rx(text("abc")), tx(bye(1000, "")), eof()),
			keeps:  parts(tx(text("abc")), rx(text("abc")), tx(pong("")), tx(bye(1000, "")), eof()),
		}.after(open()),
		opened("rfc6455/5.5.1/close-prompt", "", client,
			parts(tx(bye(1000, "")), quiet(), rx(bye(1000, "")), eof()),
			parts(tx(bye(1000, "")), rx(bye(1000, "")), eof())),
		opened("rfc6455/5.5.1/close-tcp", "", server,
			parts(tx(bye(1000, "")), rx(bye(1000, "")), txEOF(), quiet(), closed()),
			parts(tx(bye(1000, "")), rx(bye(1000, "")), txEOF(), eof())),
		opened("rfc6455/5.5.1/server-close-tcp", "", client,
			parts(tx(bye(1000, "")), rx(bye(1000, "")), quiet(), closed()),
			parts(tx(bye(1000, "")), rx(bye(1000, "")), quietEOF())),
		opened("rfc6455/5.5.1/server-close-tcp", "after-us", client,
			parts(rx(bye(1000, "")), tx(bye(1000, "")), quiet(), txEOF(), eof()),
			parts(rx(bye(1000, "")), tx(bye(1000, "")), eof())),
		opened("rfc6455/5.5.1/client-waits", "", server,
			parts(tx(bye(1000, "")), rx(bye(1000, "")), eof()),
			parts(tx(bye(1000, "")), rx(bye(1000, "")), txEOF(), eof())),
		opened("rfc6455/7.1.1/clean-close", "", client,
			parts(eof()), parts(tx(bye(1000, "")), rx(bye(1000, "")), eof())),
		opened("rfc6455/7.1.5/close-once", "", client,
			parts(rx(bye(1000, "")), tx(bye(1000, "")), rx(bye(1000, ""))),
			parts(rx(bye(1000, "")), tx(bye(1000, "")), eof())),
		code("rfc6455/7.4.1/code-1005", 1005, 1000),
		code("rfc6455/7.4.1/code-1006", 1006, 1001),
		code("rfc6455/7.4.1/code-1015", 1015, 1014),
		code("rfc6455/7.4.2/code-defined", 0, 1003),
		code("rfc6455/7.4.2/code-defined", 999, 1007),
		code("rfc6455/7.4.2/code-defined", 1004, 1011),
		code("rfc6455/7.4.2/code-defined", 1016, 1012),
		code("rfc6455/7.4.2/code-defined", 2999, 3000),
		opened("rfc6455/7.4.2/code-beyond", "5000", client,
			parts(tx(bye(5000, "")), rx(bye(5000, ""))), parts(tx(bye(5000, "")), rx(bye(4999, "")))),
		opened("rfc6455/7.4.2/code-beyond", "65535", server,
			parts(tx(bye(65535, "")), rx(bye(65535, ""))), parts(tx(bye(65535, "")), rx(bye(4000, "")))),
		opened("rfc6455/7.4.1/code-1010", "", client, parts(rx(bye(1010, "a"))), parts(tx(bye(1010, "")), rx(bye(1010, "a")))),
		opened("rfc6455/7.4.1/extensions-listed", "", server,
			parts(rx(bye(1010, ""))), parts(rx(bye(1010, "foo")))),
	}
}

// quietEOF is the end of stream before anything was known of quiet.
func quietEOF() part { return all(eof(), quiet()) }

// contractCases are about Options and the peer as a process.
func contractCases() []clauseCase {
	opened := func(clause ClauseID, name string, o Options, breaks, keeps []part) clauseCase {
		return clauseCase{clause: clause, name: name, role: client, opt: o, breaks: breaks, keeps: keeps}.after(open())
	}
	long := strings.Repeat("0123456789", 30)
	once := func(clause ClauseID, kind EventKind, tag string) clauseCase {
		return opened(clause, "", Options{}, parts(happens(kind, tag)), parts(quiet(), closed()))
	}
	return []clauseCase{
		opened("wscheck/echo-content", "", echoing,
			parts(tx(text("spam")), rx(text("spAm"))), parts(tx(text("spam")), rx(text("spam")))),
		opened("wscheck/echo-content", "short", echoing,
			parts(tx(text("spam")), rx(text("spa"))), parts(tx(text("spam")), rx(text("spa").more(), ping(""), cont("m")))),
		opened("wscheck/echo-content", "long", echoing,
			parts(tx(text(long)), rx(text(long+"0"))), parts(tx(text(long[:200]).more(), cont(long[200:])), rx(text(long)))),
		opened("wscheck/echo-content", "cut short", echoing,
			parts(tx(text("spam"), text("eggs")), rx(text("sp\x88\x02").declared(4)), eof()),
			parts(tx(text("spam"), text("eggs")), rx(text("eg").declared(4)), eof())),
		opened("wscheck/echo-content", "of its own", echoing,
			parts(tx(text("spam").more(), bye(1000, "")), rx(text("spa"), bye(1000, ""))),
			parts(tx(text("spam").more(), bye(1000, "")), rx(text("eggs"), bye(1000, "")))),
		opened("wscheck/echo-type", "", echoing,
			parts(tx(text("a")), rx(binary("a"))), parts(tx(binary("a")), rx(binary("a")))),
		opened("wscheck/echo-order", "", echoing,
			parts(tx(text("ab"), text("ac")), rx(text("ac"), text("ab"))),
			parts(tx(text("ab"), text("ac")), rx(text("ab"), text("ac")))),
		opened("wscheck/echo-order", "prefix", echoing,
			parts(tx(text("ab"), text("a")), rx(text("a"), text("ab"))),
			parts(tx(text("ab"), text("a")), rx(text("ab"), text("a")))),
		opened("wscheck/echo-missing", "", echoing,
			parts(tx(text("a"), text("b")), rx(text("a")), quiet()),
			parts(tx(text("a"), text("b")), rx(text("a")), tx(bye(1000, "")), rx(bye(1000, "")), eof(), quiet())),
		opened("wscheck/echo-extra", "", echoing,
			parts(tx(text("a")), rx(text("a"), text("a"))), parts(tx(text("a"), text("a")), rx(text("a"), text("a")))),
		opened("wscheck/echo-extra", "after our close frame", echoing,
			parts(tx(text("a")), rx(text("a")), tx(bye(1000, "")), rx(text("a"), bye(1000, ""))),
			parts(tx(text("a")), rx(text("a")), tx(bye(1000, "")), rx(text("b"), bye(1000, "")))),
		opened("wscheck/echo-extra", "after our close frame, empty", echoing,
			parts(tx(text("").more(), cont("")), rx(text("")), tx(bye(1000, "")), rx(text(""), bye(1000, ""))),
			parts(tx(text("").more(), cont("")), rx(text("")), tx(bye(1000, "")), rx(binary(""), bye(1000, "")))),
		opened("wscheck/stay", "close", Options{Stay: true},
			parts(tx(text("a")), rx(bye(1002, ""))), parts(tx(text("a")), tx(bye(1000, "")), rx(bye(1002, "")))),
		opened("wscheck/stay", "drop", Options{Stay: true},
			parts(tx(text("a")), eof()), parts(tx(text("a")), txEOF(), eof())),
		opened("wscheck/stay", "limit", Options{Stay: true},
			parts(tx(text("a").declared(64<<20)), eof()), parts(tx(text("a").declared(64<<20+1)), eof())),
		once("wscheck/peer-died", EventPeerDied, "exit status 2"),
		once("wscheck/peer-panicked", EventPeerDied, "panic: index out of range"),
		once("wscheck/peer-hung", EventPeerHung, ""),
		once("wscheck/peer-bloated", EventPeerBloated, "3 GiB"),
		once("wscheck/peer-toiled", EventPeerToiled, "9 s"),
		once("wscheck/peer-kept", EventPeerKept, "1 GiB"),
		once("wscheck/peer-mixed", EventPeerMixed, "what came in case a"),
		once("wscheck/overflow", EventOverflow, ""),
		newCase("rfc6455/5.3/key-predictable", "weak", server, Options{}, parts(open(), happens(EventMaskWeak, "3 of 9 keys came before")), parts(open(), rx(text("a"), text("b")))),
		newCase("rfc6455/4.1/key-random", "", server, Options{}, parts(open(), happens(EventKeyAgain, "the key of case a")), parts(open(), rx(text("a")))),
	}
}

// TestRelayed: a proxy may have discarded the answer to a close frame that our end follows at once.
func TestRelayed(t *testing.T) {
	relayed := Options{Echo: true, Stay: true, Relayed: true}
	for _, tt := range []struct {
		late part
		want Outcome
	}{{all(), Allowed}, {timer(2 * DefaultPatience), Violation}} {
		_, v := judgeBoth(t, traceOf(client, open(), quiet(), tx(bye(1000, "")), txEOF(), tt.late, eof()), relayed)
		if v.Outcome != tt.want || len(v.Findings) != 1 || v.Findings[0].Clause != "rfc6455/5.5.1/close-reply" {
			t.Errorf("got %+v, want %v", v, tt.want)
		}
	}
}

// TestUnmaskedClose judges the mask of a client's close frame, and not its
// payload: a client that masks the payload and does not say so sends noise there.
func TestUnmaskedClose(t *testing.T) {
	_, v := judgeBoth(t, traceOf(server, open(), tx(bye(1000, "\x80")), rx(raw("\x88\x04\x03\xed\xff\xfe")), closed()), Options{})
	if len(v.Findings) != 1 || v.Findings[0].Clause != "rfc6455/5.1/client-masks" {
		t.Errorf("got %+v, want a violation of rfc6455/5.1/client-masks alone", v)
	}
}
