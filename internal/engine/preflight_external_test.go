package engine_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/servetest"
	"github.com/wscheck/wscheck/wsproto"
)

// answer is a server that always sends the same, and then waits for
// the end of the connection.
func answer(octets string) func(net.Conn) {
	return func(conn net.Conn) {
		io.WriteString(conn, octets)
		io.Copy(io.Discard, conn)
	}
}

// TestUntestable says in one line why a server cannot be tested, and what may be
// done about it. No case is played.
func TestUntestable(t *testing.T) {
	response := func(status string, fields ...string) string {
		return "HTTP/1.1 " + status + "\r\n" + strings.Join(append(fields, "Content-Length: 0"), "\r\n") + "\r\n\r\n"
	}
	for _, tt := range []struct{ name, sends, want string }{
		{"401", response("401 Go Away", "WWW-Authenticate: Bearer"), "the server answered 401 Unauthorized: add -H 'Authorization: …'"},
		{"403", response("403 Forbidden"), "the server answered 403 Forbidden: it may want -H 'Origin: …', or a cookie"},
		{"404", response("404 Not Found"), "the server answered 404 Not Found: is / the path of the WebSocket?"},
		{"407", response("407 Who Are You"), "407 Proxy Authentication Required: a proxy wants -H 'Proxy-Authorization: …'"},
		{"400", response("400 Bad Request"), "the server answered 400 Bad Request: it may want --subprotocol NAME, or -H 'NAME: VALUE'"},
		{"426", response("426 Upgrade Required", "Sec-WebSocket-Version: 8"), "the server answered 426 Upgrade Required: it wants version 8 of the protocol, not 13"},
		{"426 for another", response("426 Upgrade Required", "Upgrade: h2c"), "426 Upgrade Required: something between drops the Upgrade field"},
		{"200", response("200 OK"), "the server answered 200 OK: it serves HTTP at /, and no WebSocket"},
		{"302", response("302 Found", "Location: ws://h/\x1b[2Jchat"), `the server answered 302 Found: it redirects to ws://h/\x1b[2Jchat: test that`},
		{"503", response("503 Busy"), "the server answered 503 Service Unavailable"},
		{"a status of its own", response("599 \x1b[2J"), "the server answered 599"},
		{"HTTPS, by its own word", "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n", "it speaks TLS: use wss://"},
		{"TLS", "\x15\x03\x01\x00\x02\x02\x0a", "it speaks TLS: use wss://"},
		{"SSH", "SSH-2.0-OpenSSH_9.9\r\n", `it speaks SSH: what it sends begins with "SSH-2.0-OpenSSH_9.9\r\n"`},
		{"SMTP", "220 mail ESMTP\r\n", "it speaks SMTP or FTP"},
		{"frames", "\x81\x05Hello\r\n\r\n", "it sends frames without an opening handshake"},
		{"octets", "\x00\xff\x1b[2J\r\n\r\n", `it does not speak HTTP: what it sends begins with "\x00\xff\x1b[2J\r\n\r\n"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			untestable(t, serve(t, answer(tt.sends)), nil, tt.want)
		})
	}
	t.Run("closes once open", func(t *testing.T) {
		untestable(t, serve(t, closing("", 4406)), nil, `of its own accord, with close code 4406 (private) and the reason "no \x1b[2J": it may want another path, --dialect NAME`)
	})
	t.Run("says why and closes", func(t *testing.T) {
		untestable(t, serve(t, closing("log in", 1008)), nil, `with close code 1008 (policy violation) and`)
	})
	t.Run("ends", func(t *testing.T) {
		untestable(t, serve(t, func(net.Conn) {}), nil, "it ends each connection without an answer")
	})
	t.Run("plain text on a TLS port", func(t *testing.T) {
		url := serve(t, answer("HTTP/1.1 400 Bad Request\r\n\r\n"))
		untestable(t, strings.Replace(url, "ws:", "wss:", 1), nil, "it does not speak TLS: use ws://")
	})
	t.Run("certificate", func(t *testing.T) {
		_, cert := certificate(t, "localhost")
		ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
		if err != nil {
			t.Fatal(err)
		}
		servetest.On(t, ln, func(conn net.Conn) { _ = conn.(*tls.Conn).Handshake() })
		untestable(t, "wss://"+ln.Addr().String()+"/", &engine.DialOptions{ServerName: "localhost"}, "name its authority by --ca FILE, or add --insecure")
	})
}

// says is a server that answers each message with the same one.
func says(text string) func(net.Conn) {
	return answering(wsproto.NewFrame(wsproto.OpText, true, []byte(text)))
}

// answering is a server that answers each message with the same frame, pings and close
// frames as it should, and ends after a close frame.
func answering(message wsproto.Frame) func(net.Conn) {
	return accepting(func(conn net.Conn, rest io.Reader) {
		var c wsproto.Collector
		for buf := make([]byte, 4096); ; {
			n, err := rest.Read(buf)
			for _, f := range c.Feed(buf[:n]) {
				answer := message
				switch f.Opcode {
				case wsproto.OpPing:
					answer = wsproto.NewFrame(wsproto.OpPong, true, f.Payload)
				case wsproto.OpClose:
					answer = wsproto.NewFrame(wsproto.OpClose, true, f.Payload)
				}
				conn.Write(answer.AppendTo(nil))
				if answer.Opcode == wsproto.OpClose {
					return
				}
			}
			if err != nil {
				return
			}
		}
	})
}

// closing is a server that says something, if not "", and closes with a code as soon as the
// connection is open.
func closing(says string, code wsproto.CloseCode) func(net.Conn) {
	return accepting(func(conn net.Conn, rest io.Reader) {
		if says != "" {
			conn.Write(wsproto.NewFrame(wsproto.OpText, true, []byte(says)).AppendTo(nil))
		}
		conn.Write(wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, code, "no \x1b[2J")).AppendTo(nil))
		rest.Read(make([]byte, 1))
	})
}

func untestable(t *testing.T, url string, o *engine.DialOptions, want string) {
	t.Helper()
	config := &engine.Config{
		Cases: someCases, Limits: quick, Preflight: func(p engine.Preflight) { t.Errorf("the cases are played: %v", p) },
	}
	r, err := engine.Run(t.Context(), engine.URL(url, o), config)
	var unreachable *engine.UnreachableError
	if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), want) {
		t.Fatalf("error %v, want %q in one that says that the server cannot be tested", err, want)
	}
	if strings.ContainsAny(err.Error(), "\n\x1b") {
		t.Errorf("the line is not fit to be shown: %q", err.Error())
	}
	if r.Ran() || r.Agents[0].Unreachable == "" {
		t.Errorf("the report is of %d results, and says %q", len(r.Agents[0].Results), r.Agents[0].Unreachable)
	}
}

// TestPreflight says in one line what a server is that can be tested.
func TestPreflight(t *testing.T) {
	t.Parallel()
	named := reference.Options{Fields: wsproto.Fields{{Name: "Server", Value: "echo/1"}}}
	deflated := named
	deflated.Deflate = new(reference.Deflate)
	spoken := named
	spoken.Subprotocols = []string{"chat"}
	greets := func(then func(net.Conn, io.Reader)) func(net.Conn) {
		return accepting(func(conn net.Conn, rest io.Reader) {
			conn.Write(wsproto.NewFrame(wsproto.OpText, true, []byte("welcome")).AppendTo(nil))
			then(conn, rest)
		})
	}
	for _, tt := range []struct {
		name   string
		server func(net.Conn)
		want   engine.Preflight
		line   string
	}{
		{"plain", serving(named),
			engine.Preflight{Agent: "echo/1", Dialect: "echo", Echoes: true}, "echo/1, echoes, no extensions"},
		{"deflate", serving(deflated),
			engine.Preflight{Agent: "echo/1", Dialect: "echo", Echoes: true, Extensions: "permessage-deflate"}, "echo/1, echoes, permessage-deflate"},
		{"subprotocol", serving(spoken),
			engine.Preflight{Agent: "echo/1", Dialect: "echo", Echoes: true, Subprotocol: "chat"}, "echo/1, echoes, no extensions, subprotocol chat"},
		{"sends first", greets(echoPlain),
			engine.Preflight{Dialect: "greeting", Echoes: true, First: `TEXT "welcome" [7 octets]`},
			`a server that does not name itself, sends a message first: TEXT "welcome" [7 octets], echoes, no extensions`},
		{"closes with a code that may not be there", closing("", 999),
			engine.Preflight{Dialect: "echo"}, "a server that does not name itself, does not echo, no extensions"},
		{"chat", says("someone says: wscheck"), engine.Preflight{Dialect: "none", Instead: `TEXT "someone says: wscheck" [21 octets]`, Silent: 2 * time.Second},
			`a server that does not name itself, does not echo, and sends TEXT "someone says: wscheck" [21 octets], no extensions, so that what comes back proves nothing (--dialect: what it does with messages)`},
		{"closes on a message that it does not know", answering(wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, 4400, ""))),
			engine.Preflight{Dialect: "none", Silent: 2 * time.Second},
			"a server that does not name itself, does not echo within 2s, no extensions, so that what comes back proves nothing (--dialect: what it does with messages)"},
		{"in fragments", serving(reference.Options{Freedom: reference.Freedom{Seed: 1, Fragment: 3, EmptyFirst: true}}), engine.Preflight{Dialect: "echo", Echoes: true}, "a server that does not name itself, echoes, no extensions"},
		{"another answer", accepting(func(conn net.Conn, rest io.Reader) {
			io.ReadFull(rest, make([]byte, 2+4+len("wscheck")))
			conn.Write(wsproto.NewFrame(wsproto.OpText, true, []byte("what?")).AppendTo(nil))
			echoPlain(conn, rest)
		}), engine.Preflight{Dialect: "none", Instead: `TEXT "what?" [5 octets]`, Silent: 2 * time.Second},
			`a server that does not name itself, does not echo, and sends TEXT "what?" [5 octets], no extensions, so that what comes back proves nothing (--dialect: what it does with messages)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got engine.Preflight
			url := serve(t, tt.server)
			ctx, cancel := context.WithCancel(t.Context())
			config := &engine.Config{Preflight: func(p engine.Preflight) { got = p; cancel() }}
			if _, err := engine.Run(ctx, engine.URL(url, &engine.DialOptions{Subprotocols: []string{"chat"}}), config); err != nil {
				t.Fatal(err)
			}
			got.RoundTrip, tt.want.URL = 0, url
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if line := url + ": " + tt.line; got.String() != line {
				t.Errorf("got %s, want %s", got, line)
			}
		})
	}
}

// TestPreflightDistorts meets a server that may be no echo, and is taken for one with a fault.
func TestPreflightDistorts(t *testing.T) {
	url := serve(t, answering(wsproto.NewFrame(wsproto.OpText, true, []byte("WSCHECK"))))
	ctx, cancel := context.WithCancel(t.Context())
	var got engine.Preflight
	config := &engine.Config{Preflight: func(p engine.Preflight) { got = p; cancel() }}
	if _, err := engine.Run(ctx, engine.URL(url, nil), config); err != nil {
		t.Fatal(err)
	}
	const want = "so that it is taken for an echo with a fault (--dialect none: it is no echo)"
	if got.Dialect != "echo" || !strings.HasSuffix(got.String(), want) {
		t.Errorf("got %s, dialect %s; want an echo, %s", got, got.Dialect, want)
	}
}

// greeter is a connection whose first write, the response, has a message after it.
type greeter struct {
	net.Conn
	greeted bool
}

func (g *greeter) Write(b []byte) (int, error) {
	n, err := g.Conn.Write(b)
	if !g.greeted && err == nil {
		g.greeted = true
		_, err = g.Conn.Write(wsproto.NewFrame(wsproto.OpText, true, []byte("welcome")).AppendTo(nil))
	}
	return n, err
}

// TestGreeting plays with echoes that have a greeting for each connection: one that
// conforms passes, and what is wrong with another is found.
func TestGreeting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ mutant, clause string }{{"", ""}, {"accept-text-not-utf8", "rfc6455/8.1/utf8-fail"}} {
		url := serve(t, func(conn net.Conn) {
			_ = reference.ServeConn(&greeter{Conn: conn}, reference.Options{Mutant: c.mutant})
		})
		r, err := engine.Run(t.Context(), engine.URL(url, nil), &engine.Config{Cases: []string{"1.1.*", "2.*", "5.*", "6.3.*", "7.1.1"}})
		if err != nil {
			t.Fatal(err)
		}
		found := ""
		for _, result := range r.Agents[0].Results {
			if !result.Failed(report.JudgeRFC) {
				continue
			}
			for _, f := range result.Findings()[:1] {
				found = string(f.Clause)
			}
		}
		if a := r.Agents[0]; a.Dialect != "greeting" || found != c.clause {
			t.Errorf("%q: dialect %q, found %q, want greeting and %q", c.mutant, a.Dialect, found, c.clause)
		}
	}
}
