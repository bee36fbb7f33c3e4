package reference_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/testpipe"
	"github.com/wscheck/wscheck/wsproto"
)

// scripts are conversations in which mutants show, besides those of the rules.
var scripts = []string{
	`t t:a t b b:a`, `t:longer t:short t:hi t:x`, `b:\x00\x01a\x00b t:a\x00b t:\ufeffSpam t:a\r\nb`, `t:\u00e9t\u00e9 t:\U0001f600`,
	`t-:ab c-:cd c:efg b-:1234567 c-:89 c:0`, `b:1 t:2 b:3 t:4`, `t:\ufffe\uffff`, `b:\xff`,
	`P:one P:two P:x P P:\x00\x01z P:\u20ac P*125 P*124`, `P*5 P:a O:unasked t:x`,
	`tm:a`, `tM:a`, `bM*200`, `bM*65535`, `bm*100 t:b`, `t^ t:a`, `t^:a`, `b^*10 P`,
	`tu:a`, `t:a tu:b`, `Pu`, `Pu:a`, `tu`, `Cu:\x03\xe8`,
	`O:same O:same t:x`,
	`P*126`, `P*100`, `t2*130`, `b*70000 t2:a`, `t-:a c-:b c-:c c1:d`, `P*127`, `O*126`, `C-:\x03\xe8 t:a`, `P-:a t:b`, `O-:a t:b`,
	`t-:a t:b c:c`, `t-:a b:b c:c`, `t-:a b-:b c:c`, `t-:a t-:b c:c`, `c t:a`, `t-:a c:b c:c P`, `c:a P`, `c-:a c:b`,
	`t-:\xe2\x82 P:\xac c:\xac`, `t-:\xe2\x82 O:\xac c:\xac`, `t-:\xe2 P c:a`, `t-:\xe2 c:a`, `t-:a c:\xff`, `t-:\xe2\x82 c:\xac`,
	`t:a t:\xff`, `t:\xed\xa0\x80`, `t:\xc0\x80`, `t:\xe0\x80\x80`, `t:\xf4\x90\x80\x80`, `t:\xf5\x80\x80\x80`,
	`t:` + strings.Repeat("a", 70) + `\xff`, `t:\xe2\x82`, `P2 t:a`, `P3`, `t-:a c2:b`, `t-:a c3:b`, `t-:a O3:b c:c`,
	`C:\x03\xe8 t:a P:b`, `t:a C:\x03\xe8`, `C:\x03\xe8bye`, `C:\x0b\xb8`, `C`, `t-:a C:\x03\xe8`, `C:a t:b`, `C:\x03\xe8\xff t:a`,
	`C:\x03\xe8\xe2\x82 t:a`, `C:\x00\x01 t:a`, `C:\x13\x88 t:a`, `x3 P`, `x3:a C:\x03\xe8`, `t2:a t:b`,
	`t:a\n t:\x20a`, `t*130`, `b*4088`, `b*4092`, `t-:a` + strings.Repeat(` c-:b`, 300) + ` c`,
	`t:` + strings.Repeat("a", 66000) + `\xff`, `t:a` + strings.Repeat("\U0001f600", 3000),
	strings.Repeat(`t:a `, 12) + `tm:a`, strings.Repeat(`t:a `, 12) + `tu:a`, `t-:a` + strings.Repeat(` c-:b`, 20) + ` c2:c`,
	strings.Repeat(`P:a `, 50) + `P*126`, `b*70000 C:\x03\xed`, `b*40000 C:\x03\xe8`,
	`t-:a c-:b c-:c P C:\x03\xe8`,
	`t1:a`, `t-:a c1:b`, `P1`, `b1:a`, `t*125 t*126 t*127 t*5000`, `b*65535 b*65536 b*70000`,
	`b-*200000 c*100000 b-:a c:b`, `t-*1100 P:a c:b`, `t:e\u0301`,
}

// deflateScripts are conversations with permessage-deflate.
var deflateScripts = []string{
	`tz:Spam,Spam,Spam tz:Spam,Spam,Spam tz tz:Spam,Spam,Spam`, `bz:a\x00\x00\xff\xffb`, `tz-:Spam,eggs,Spam c tz:Spam,eggs,Spam`, `tz:eggs tz:eggs bz*400 bz*5000 bz*33000 bz*5000 tz`, `t:plain tz:packed t`, `tz-:Spam,eggs,Spam c t-:a c:b`,
	`tz:abc P:a`, `tz:Spam,eggs P:between tz:Spam,eggs t-:a P:within c:b tz:Spam,eggs`, `bz:a b1:\xff`, `t1:\xff\xff\xff`, `t1:\x03`, `t1:\x4a`, `tz:\xff`, `tz:\xe2\x82`,
	`t1-:\x4a c1:\x04\x00`, `P1`, `t1-:\x4a P1 c:\x04\x00`,
	`t1:` + escape(new(deflate.Emitter).Fixed(false).Literals("ab").EndBlock().Flush().Bytes()),
	`t1:` + escape(new(deflate.Emitter).Fixed(true).Literals("ab").EndBlock().Align().Fixed(false).Literals("cd").EndBlock().Message()),
	noisy,
	within("P:a"), `t1-:` + escape(inTwo[:4]) + ` C:\x03\xe8`,
	`tz b1:\xff`, `t*5000 P:a`, `tz:Spam,eggs,Spam t:plain tz:Spam,eggs,Spam`,
	`t-:a c-:b c1:c`, within("O1"), within("P2"), within("O-"), within("P*126"), within("xd"), within("Pu"),
	`t1-:` + escape(inTwo[:4]) + ` c2:` + escape(inTwo[4:]), `t1-:` + escape(inTwo[:4]) + ` b:` + escape(inTwo[4:]), `t1-:` + escape(inTwo[:4]) + ` c^:` + escape(inTwo[4:]),
	`t1-:` + escape(final[:4]) + ` c:` + escape(final[4:]) + ` t1:` + escape(inTwo),
	`b1:` + escape(new(deflate.Emitter).Stored(false, make([]byte, 66000)).Stored(true, []byte("a")).Stored(false, []byte("b")).Message()),
}

// within is a compressed message in two frames with another frame between them.
func within(frame string) string {
	return `t1-:` + escape(inTwo[:4]) + ` ` + frame + ` c:` + escape(inTwo[4:])
}

// inTwo is a compressed message that is long enough to be cut in two.
var inTwo = new(deflate.Emitter).Fixed(false).Literals("Spam, eggs").EndBlock().Message()

// final is a message with a block that has BFINAL set, and one after it.
var final = new(deflate.Emitter).Fixed(true).Literals("Spam").EndBlock().Align().Fixed(false).Literals("eggs").EndBlock().Message()

// noisy are two messages that refer to themselves and the second to the first,
// from farther than a small window reaches, and a short one.
var noisy = `bz:` + noise(3000) + ` bz:` + noise(3000) + ` bz:` + noise(30)

// noise returns n octets, escaped, that recur after 700.
func noise(n int) string {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		if i >= 700 {
			b[i] = b[i-700]
			continue
		}
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return escape(b)
}

// scenario is an opening handshake and what is said after it.
type scenario struct {
	request  func(*wsproto.Request)
	response func(*wsproto.Response)
	before   string // what a client says first
	say      string
	pieces   int  // in which it is said, in octets; 0 means at once
	together bool // the opening handshake and what is said, or its first piece, go in one piece
}

// setField returns a change of a handshake that sets, or adds, a field.
func setField(name, value string) scenario {
	change := func(fields *wsproto.Fields) {
		for i := range *fields {
			if (*fields)[i].Name == name {
				(*fields)[i].Value = value
				return
			}
		}
		*fields = append(*fields, wsproto.Field{Name: name, Value: value})
	}
	return scenario{
		request:  func(r *wsproto.Request) { change(&r.Fields) },
		response: func(r *wsproto.Response) { change(&r.Fields) },
		say:      "t:a b:b",
	}
}

// renamed returns a change that writes the name of a request's field, and what
// stands before the value, in another way.
func renamed(name, as, before string) scenario {
	return scenario{request: func(r *wsproto.Request) {
		for i := range r.Fields {
			if f := &r.Fields[i]; f.Name == name {
				f.Raw = as + before + f.Value + "\r\n"
			}
		}
	}}
}

// addField returns a change that adds a field in any case.
func addField(name, value string) scenario {
	return scenario{
		request:  func(r *wsproto.Request) { r.Fields = append(r.Fields, wsproto.Field{Name: name, Value: value}) },
		response: func(r *wsproto.Response) { r.Fields = append(r.Fields, wsproto.Field{Name: name, Value: value}) },
		say:      "t:a",
	}
}

// dropField returns a change that removes a field.
func dropField(name string) scenario {
	is := func(f wsproto.Field) bool { return f.Name == name }
	return scenario{
		request:  func(r *wsproto.Request) { r.Fields = slices.DeleteFunc(r.Fields, is) },
		response: func(r *wsproto.Response) { r.Fields = slices.DeleteFunc(r.Fields, is) },
		say:      "t:a",
	}
}

// openings are opening handshakes, most of them wrong.
func openings() []scenario {
	all := []scenario{
		{say: "t:a", together: true}, {say: "t:a", together: true, pieces: 1},
		{
			before:  "POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 2\r\n\r\nhi",
			request: func(*wsproto.Request) {}, say: "t:a",
		},
		{
			before:  "GET / HTTP/1.1\r\nHost: b\r\n\r\nGET /echo HTT",
			request: func(r *wsproto.Request) { r.RawLine = "P/1.1\r\n" }, say: "t:a",
		},
		{
			before: strings.Replace(string(wsproto.NewRequest("example.com", "/", "AQIDBAUGBwgJCgsMDQ4PEA==",
				wsproto.Field{Name: "Sec-WebSocket-Protocol", Value: "spam"}).AppendTo(nil)), "Version: 13", "Version: 14", 1),
			say: "t:a",
		},
		setField("Connection", "keep-alive, Upgrade"),
		setField("Connection", "upgrade"), setField("Connection", ", Upgrade"), setField("Upgrade", "WebSocket"),
		renamed("Host", "host", ": "), renamed("Host", "Host", ":"), renamed("Host", "Host", ":  "),
		renamed("Connection", "Connection: keep-alive\r\nConnection", ": "),
		renamed("Connection", "Connection: Upgrade\r\nConnection", ": keep-alive\r\nX-Connection: "),
		setField("Sec-WebSocket-Key", "+/+/+/+/+/+/+/+/+/+/+w=="),
		{request: func(r *wsproto.Request) { slices.Reverse(r.Fields) }}, {request: func(r *wsproto.Request) { r.Target = "http://localhost/" }},
		{request: func(r *wsproto.Request) { r.Method = "POST" }, response: func(r *wsproto.Response) { r.Status = 400 }},
		{request: func(r *wsproto.Request) { r.Method = "get" }, response: func(r *wsproto.Response) { r.Status = 200 }},
		{request: func(r *wsproto.Request) { r.Proto = "HTTP/1.0" }},
		{request: func(r *wsproto.Request) { r.Target = "echo" }},
		{request: func(r *wsproto.Request) { r.Fields = append(r.Fields, wsproto.Field{Name: "Host", Value: "b"}) }},
		{response: func(r *wsproto.Response) {
			r.RawLine = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n"
		}},
		{response: func(r *wsproto.Response) { r.Reason = "" }},
		{response: func(r *wsproto.Response) {
			accept, _ := r.Get("Sec-WebSocket-Accept")
			r.Fields = append(r.Fields, wsproto.Field{Name: "Sec-WebSocket-Accept", Value: accept})
		}},
		{response: func(r *wsproto.Response) {
			for i := range r.Fields {
				if r.Fields[i].Name == "Sec-WebSocket-Accept" {
					r.Fields[i].Value = strings.ToLower(r.Fields[i].Value)
				}
			}
		}},
	}
	for _, name := range []string{
		"Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Accept",
	} {
		all = append(all, dropField(name))
	}
	for _, f := range [][2]string{
		{"Host", "a b"}, {"Upgrade", "spam"}, {"Upgrade", "websockets"}, {"Connection", "keep-alive"},
		{"Connection", "not-upgrade"}, {"Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4P"},
		{"Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEBE="}, {"Sec-WebSocket-Key", "!"},
		{"Sec-WebSocket-Version", "12"}, {"Sec-WebSocket-Version", "8"}, {"Sec-WebSocket-Version", "14"},
		{"Sec-WebSocket-Accept", "spam"}, {"Sec-WebSocket-Protocol", "spam"}, {"Sec-WebSocket-Protocol", "spam, eggs"},
		{"Sec-WebSocket-Extensions", "x-spam"}, {"Sec-WebSocket-Extensions", "; ="},
		{"Sec-WebSocket-Extensions", "spam-permessage-deflate"},
		{"Sec-WebSocket-Protocol", "a/b"}, {"Sec-WebSocket-Protocol", "spam, spam"},
	} {
		all = append(all, setField(f[0], f[1]))
	}
	for _, f := range [][2]string{
		{"Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEA=="}, {"Sec-WebSocket-Version", "12"},
		{"X Spam", "eggs"}, {"X-Spam", "e\x00"},
	} {
		all = append(all, addField(f[0], f[1]))
	}
	twice := setField("Sec-WebSocket-Protocol", "spam")
	twice.response = func(r *wsproto.Response) {
		field := wsproto.Field{Name: "Sec-WebSocket-Protocol", Value: "spam"}
		r.Fields = append(r.Fields, field, field)
	}
	all = append(all, twice)
	for _, params := range []string{
		"", "; spam", "; server_no_context_takeover", "; server_no_context_takeover; server_no_context_takeover",
		"; server_no_context_takeover=1", "; server_max_window_bits=7", "; server_max_window_bits=16",
		"; server_max_window_bits=08", "; server_max_window_bits", "; server_max_window_bits=10",
		"; client_max_window_bits", "; client_max_window_bits=9", "; client_no_context_takeover",
		", permessage-deflate", "; server_max_window_bits=9; server_no_context_takeover", "; client_max_window_bits=9; client_no_context_takeover",
	} {
		s := setField("Sec-WebSocket-Extensions", "permessage-deflate"+params)
		s.say = within("P:a") + " " + noisy
		all = append(all, s)
	}
	return all
}

// openingFirst reports whether a mutant may be about the opening handshake.
func openingFirst(m reference.Mutant) bool {
	return m.Deflate || m.Subprotocols || strings.HasPrefix(m.Name, "accept-re") || strings.HasPrefix(m.Name, "refuse-response-") || m.Name == "version-not-advertised"
}

// scenarios returns the conversations for a mutant: those first that are about
// what it is about.
func scenarios(m reference.Mutant) []scenario {
	var all []scenario
	if m.Deflate {
		for _, say := range deflateScripts {
			s := setField("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits=15")
			s.response = setField("Sec-WebSocket-Extensions", "permessage-deflate").response
			s.say = say
			all = append(all, s)
		}
	}
	if openingFirst(m) {
		all = append(all, openings()...)
	}
	for _, say := range scripts {
		all = append(all, scenario{say: say})
	}
	for _, c := range conversations {
		all = append(all, scenario{say: c.say})
	}
	for _, say := range scripts {
		all = append(all, scenario{say: say, pieces: 3})
	}
	if !openingFirst(m) {
		all = append(all, openings()...)
	}
	return append(all, scenario{say: `b*1100`, pieces: 1}, scenario{say: `C:\x03\xe8bye`, pieces: 7})
}

// options returns the options with which a mutant shows its fault.
func options(m reference.Mutant) reference.Options {
	var o reference.Options
	if m.Deflate {
		o.Deflate = new(reference.Deflate)
	}
	if m.Subprotocols {
		o.Subprotocols = []string{"spam", "eggs"}
	}
	return o
}

// transcript has the conversation of a scenario and returns all that can be seen
// of the endpoint.
func transcript(t testing.TB, role wsproto.Role, o reference.Options, s scenario) string {
	reference.RepeatSecrets(t)
	began := time.Now()
	c := start(t, role, o)
	var log bytes.Buffer
	first := c.quiet()
	fmt.Fprintf(&log, "%s|", first)
	var opening []byte
	if role == wsproto.Server {
		req := request()
		if s.request != nil {
			s.request(req)
		}
		opening = req.AppendTo(nil)
	} else if i := bytes.Index(first, []byte("\r\n\r\n")); i > 0 {
		req, _, err := wsproto.ParseRequest(first[:i+4])
		if err != nil {
			c.hangUp()
			return log.String()
		}
		key, _ := req.Get("Sec-WebSocket-Key")
		resp := wsproto.NewResponse(key)
		if s.response != nil {
			s.response(resp)
		}
		opening = resp.AppendTo(nil)
	}
	if role == wsproto.Server && s.before != "" {
		fmt.Fprintf(&log, "%s|", c.say([]byte(s.before)))
	}
	words := c.words(s.say)
	switch {
	case s.together && s.pieces > 0:
		fmt.Fprintf(&log, "%s|", c.say(append(opening, words[:s.pieces]...)))
		fmt.Fprintf(&log, "%s|", c.say(words[s.pieces:]))
	case s.together:
		fmt.Fprintf(&log, "%s|", c.say(append(opening, words...)))
	default:
		fmt.Fprintf(&log, "%s|", c.say(opening))
		size := len(words)
		if s.pieces > 0 && size < 2000 {
			size = s.pieces
		}
		for _, piece := range cut(words, max(size, 1)) {
			fmt.Fprintf(&log, "%s|", c.say(piece))
		}
	}
	_, ended := c.conn.Drain()
	fmt.Fprintln(&log, "ended", ended)
	err := c.hangUp()
	fmt.Fprintln(&log, time.Since(began), errors.Is(err, errPanicked), errors.Is(err, testpipe.ErrFull))
	return log.String()
}

// invisible are the mutants whose fault is not in what they send, or not while the
// other side reads, or after some time, octets or messages alone, or with a request in pieces, or for URLs of
// another form alone, or in frames of some size alone, or where octets come a second late.
var invisible = []string{"bloat", "drop-when-blocked", "lose-pong-when-blocked", "stop-twice-when-blocked", "leave-when-blocked", "tear-when-blocked",
	"drop-request-pieces", "retry-when-blocked", "close-when-blocked", "send-long-ping-late", "accept-text-after-40s",
	"toil-fragments", "toil-blanks", "keep-messages", "mix-connections",
	"request-target-no-path", "request-target-no-path-query", "request-target-clean", "send-length-16-of-125-packed", "inflate-cut", "lose-first-octet",
	"keep-deadline-of-pong", "keep-deadline-of-echo", "inflate-context-lost-crossing", "inflate-context-lost-half", "echo-missing-1024th"}

// TestConformingRepeats checks that what TestMutantsDiffer compares with is not
// different each time by itself.
func TestConformingRepeats(t *testing.T) {
	for _, m := range []reference.Mutant{{}, {Deflate: true}, {Subprotocols: true}} {
		for _, role := range []wsproto.Role{wsproto.Server, wsproto.Client} {
			synctest.Test(t, func(t *testing.T) {
				for _, s := range scenarios(m) {
					a := transcript(t, role, options(m), s)
					if b := transcript(t, role, options(m), s); a != b {
						t.Errorf("%s, to %.100q: got\n%q\nand then\n%q", role, s.say, a, b)
					}
				}
			})
		}
	}
}

// TestMutantsDiffer checks that each mutant, in each of its roles, differs from
// the conforming endpoint in a conversation.
func TestMutantsDiffer(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and package mutation starts the same goroutines")
	}
	conforming := make(map[string]string)
	for _, m := range reference.Mutants() {
		if slices.Contains(invisible, m.Name) {
			continue
		}
		for _, role := range m.Roles {
			synctest.Test(t, func(t *testing.T) {
				o := options(m)
				all := scenarios(m)
				for i, s := range all {
					key := fmt.Sprint(role, m.Deflate, m.Subprotocols, openingFirst(m), i)
					if _, ok := conforming[key]; !ok {
						conforming[key] = transcript(t, role, o, s)
					}
					mutant := o
					mutant.Mutant = m.Name
					if transcript(t, role, mutant, s) != conforming[key] {
						return
					}
				}
				t.Errorf("%s as %s: it differs from the conforming endpoint in no conversation", m.Name, role)
			})
		}
	}
}
