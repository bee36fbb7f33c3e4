package oracle

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

// plainly is what a peer does in a plain conversation: all is well.
func plainly() *Plain {
	request, _, _ := wsproto.ParseRequest(wsproto.NewRequest("example.com", "/", "AQIDBAUGBwgJCgsMDQ4PEA==").AppendTo(nil))
	return &Plain{Request: request, Scheme: "http", Closed: true}
}

// line replaces a field of the request by these lines.
func line(name string, lines ...string) edit {
	return func(req *wsproto.Request, _ *wsproto.Response) {
		lacking(name)(req, nil)
		for _, l := range lines {
			req.Fields = append(req.Fields, wsproto.Field{Raw: l + "\r\n"})
		}
	}
}

// target has the request ask for another target.
func target(s string) edit {
	return func(req *wsproto.Request, _ *wsproto.Response) { req.Target = s }
}

// askedInPieces is the plain request in pieces.
func askedInPieces(t *traceBuilder) {
	asked()(t)
	t.trace.Events[len(t.trace.Events)-1].Sync = true
}

// comparedCases are about what a plain conversation shows to be wrong.
func comparedCases() []clauseCase {
	var cases []clauseCase
	add := func(clause ClauseID, name string, role wsproto.Role, breaks, keeps []part) {
		cases = append(cases, clauseCase{clause: clause, name: name, role: role, opt: Options{Stay: true}, breaks: breaks, keeps: keeps, plain: plainly()})
	}
	for _, equal := range []struct {
		name string
		as   edit
	}{
		{"order", line("Host", "Host: example.com")},
		{"keep-alive", line("Connection", "Connection: keep-alive, Upgrade")},
		{"lower-case", line("Connection", "connection:upgrade")},
		{"two-lines", line("Connection", "Connection: keep-alive", "Connection: Upgrade")},
		{"empty-elements", line("Connection", "Connection: , Upgrade ,,")},
		{"upgrade-capitals", line("Upgrade", "UPGRADE: \t WebSocket ")},
		{"host-last", line("Host", "HOST: EXAMPLE.com")},
		{"version-blanks", line("Sec-WebSocket-Version", "Sec-Websocket-Version:   13\t")},
		{"absolute", target("http://example.com/")},
	} {
		add("rfc6455/4.2.2/equal", equal.name, client,
			parts(asked(equal.as), answered(status(400))), parts(asked(equal.as), answered(status(503))))
		add("rfc6455/4.2.2/equal", equal.name+"-dropped", client,
			parts(asked(equal.as), eof()), parts(asked(equal.as), answered()))
	}
	key := line("Sec-WebSocket-Key", "Sec-WebSocket-Key: +/+/+/+/+/+/+/+/+/+/+w==")
	add("rfc6455/4.2.2/equal", "key", client, parts(asked(key), answered(status(400))), parts(asked(key), answered(status(503))))
	add("rfc6455/4.2.2/equal", "pieces", client, parts(askedInPieces, eof()), parts(askedInPieces, answered()))
	const deflate = "permessage-deflate; client_max_window_bits"
	add("rfc7692/5/decline", "", client,
		parts(asked(with(extensionsField, deflate)), answered(status(400))), parts(asked(with(extensionsField, deflate)), answered()))
	for _, c := range []struct {
		name string
		sent piece
	}{
		{"none", closeFrame("")}, {"1001", bye(1001, "")}, {"3000", bye(3000, "bye")}, {"long", bye(1000, strings.Repeat("*", 123))},
	} {
		for _, role := range []wsproto.Role{client, server} {
			add("rfc6455/5.5.1/close-taken", c.name, role,
				parts(open(), tx(c.sent), rx(bye(1002, "")), eof()), parts(open(), tx(c.sent), rx(bye(1011, "")), eof()))
		}
	}
	return cases
}

// TestRefusedInPieces: a request in pieces may lose the first of them on its way, once.
func TestRefusedInPieces(t *testing.T) {
	for name, c := range map[string]struct {
		asked part
		want  Basis
	}{
		"in pieces": {askedInPieces, Waited},
		"in one":    {asked(line("Connection", "Connection: keep-alive, Upgrade")), Seen},
	} {
		_, v := judgeCompared(t, traceOf(client, c.asked, answered(status(400))), Options{Stay: true}, plainly())
		if v.Outcome != Violation || v.Basis() != c.want {
			t.Errorf("%s: %+v, want a violation, %v", name, v, c.want)
		}
	}
}

// TestComparedAlike are refusals that a plain conversation says nothing of.
func TestComparedAlike(t *testing.T) {
	long := strings.Repeat("x", 2000)
	for name, as := range map[string]edit{
		"another field":            line("Origin", "Origin: http://example.com"),
		"no field":                 lacking("Host"),
		"another target":           target("/chat"),
		"another host":             target("http://example.org/"),
		"another scheme":           target("https://example.com/"),
		"another Host":             line("Host", "Host: example.org"),
		"more than keep-alive":     line("Connection", "Connection: close, Upgrade"),
		"another protocol as well": line("Upgrade", "Upgrade: h2c, websocket"),
		"the Kelvin sign":          line("Upgrade", "Upgrade: websocket, websoc\u212aet"),
		"much white space":         line("Connection", "Connection: "+strings.Repeat(" ", 2000)+"Upgrade"),
		"a long list":              line("Connection", "Connection: Upgrade"+strings.Repeat(",", 2000)),
		"a long field":             line("X", "X: "+long),
		"another extension":        with(extensionsField, "x-webkit-deflate-frame"),
		"an offer that is wrong":   with(extensionsField, "permessage-deflate; server_max_window_bits=7"),
		"an offer, and a list": func(r *wsproto.Request, _ *wsproto.Response) {
			with(extensionsField, "permessage-deflate")(r, nil)
			line("Upgrade", "Upgrade: , websocket ,,")(r, nil)
		},
		"many offers":   with(extensionsField, strings.Repeat("permessage-deflate, ", 20)+"permessage-deflate"),
		"a body":        with("Content-Length", "1"),
		"a folded line": line("Connection", "Connection:\r\n Upgrade"),
	} {
		for _, end := range []part{answered(status(400)), eof()} {
			if _, v := judgeCompared(t, traceOf(client, asked(as), end), Options{Stay: true}, plainly()); v.Outcome == Violation {
				t.Errorf("%s: %+v", name, v)
			}
		}
	}
	equal := traceOf(client, asked(line("Connection", "Connection: keep-alive, Upgrade")), answered(status(400)))
	for name, plain := range map[string]*Plain{"refused": {Closed: true}, "not known": nil} {
		if _, v := judgeCompared(t, equal, Options{}, plain); v.Outcome != Inconclusive {
			t.Errorf("the plain one is %s: %+v", name, v)
		}
	}
	if _, v := judgeCompared(t, traceOf(client, asked(), eof()), Options{}, plainly()); v.Outcome == Violation {
		t.Errorf("the plain one itself, and the end of the connection: %+v", v)
	}
	early := traceOf(client, func(t *traceBuilder) {
		asked()(t)
		t.trace.Events[0].Data = append(t.trace.Events[0].Data, ping("early").octets(t, client)...)
	}, answered(status(400)))
	if _, v := judgeCompared(t, early, Options{}, plainly()); v.Outcome == Violation {
		t.Errorf("frames before the response: %+v", v)
	}
	for name, parts := range map[string][]part{
		"the same code":    parts(open(), tx(bye(1002, "")), rx(bye(1002, ""))),
		"a fault":          parts(open(), tx(text("a").rsv(1), bye(1000, "")), rx(bye(1002, ""))),
		"a newer code":     parts(open(), tx(bye(1012, "")), rx(bye(1002, ""))),
		"a server's":       parts(open(), tx(bye(1011, "")), rx(bye(1002, ""))),
		"a frame after it": parts(open(), tx(bye(1000, ""), text("late")), rx(bye(1002, ""))),
		"octets after it":  parts(open(), tx(bye(1000, "")), tx(raw("\xff")), rx(bye(1002, ""))),
		"not that right":   parts(open(), tx(bye(2000, "")), rx(bye(1002, ""))),
	} {
		if _, v := judgeCompared(t, traceOf(client, parts...), Options{Stay: true}, plainly()); v.Outcome == Violation {
			t.Errorf("%s: %+v", name, v)
		}
	}
	if _, v := judgeCompared(t, traceOf(client, open(), tx(bye(1001, "")), rx(bye(1002, ""))), Options{Stay: true}, new(Plain)); v.Outcome == Violation {
		t.Errorf("1000 is answered with an error too: %+v", v)
	}
}

// TestComparedInWords wants both requests quoted.
func TestComparedInWords(t *testing.T) {
	_, v := judgeCompared(t, traceOf(client, asked(line("Connection", "Connection: keep-alive, Upgrade")), answered(status(400))), Options{}, plainly())
	f := v.Findings[0]
	if !strings.Contains(f.Got, `status 400 for one with "Connection: keep-alive, Upgrade"`) || !strings.Contains(f.Want, `"Connection: Upgrade"`) {
		t.Errorf("%+v", f)
	}
}

// TestLikelyCodeIsNotGivenBack has a peer fail the connection with a code of its
// application, which may be the one that we sent.
func TestLikelyCodeIsNotGivenBack(t *testing.T) {
	for _, code := range []wsproto.CloseCode{1000, 3000, 3999, 4000, 4001, 4100, 4500, 4999} {
		trace := traceOf(client, open(), tx(text("a").rsv(1), bye(code, "")), rx(bye(code, "")), eof())
		if _, v := judgeBoth(t, trace, Options{}); v.Outcome == Violation {
			t.Errorf("%d: %+v", code, v)
		}
	}
}

// TestOwnCodeBeyond is about codes from 5000 on. The RFC says nothing about a peer that
// gives one back, and forbids one that a peer makes up.
func TestOwnCodeBeyond(t *testing.T) {
	for _, role := range []wsproto.Role{client, server} {
		if _, v := judgeBoth(t, traceOf(role, open(), tx(bye(1000, "")), rx(bye(5000, "")), eof()), Options{}); v.Outcome != Violation {
			t.Errorf("%v: %+v", role, v)
		}
	}
}

// TestDroppedNextIsDoubted wants a close that TCP alone answers to be looked at
// again: the peer may have ended the connection for another reason.
func TestDroppedNextIsDoubted(t *testing.T) {
	trace := traceOf(client, open(), tx(ping("all read")), rx(pong("all read")), tx(bye(1000, "")), eof())
	_, v := judgeBoth(t, trace, Options{Stay: true})
	if v.Outcome != Violation || v.Basis() != Waited {
		t.Errorf("%+v", v)
	}
	if _, v := judgeBoth(t, trace, Options{}); v.Outcome == Violation {
		t.Errorf("of a peer that may leave: %+v", v)
	}
}
