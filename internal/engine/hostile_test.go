package engine

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/accept"
	"github.com/wscheck/wscheck/internal/link"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// hostile is a peer that would hold a run for good, or take all memory, if it
// were trusted.
type hostile struct {
	name     string
	serve    func(net.Conn) // a server after it was called, or a client after it was connected
	caseID   string
	outcome  oracle.Outcome
	clause   oracle.ClauseID // of a finding; "" for any
	mentions string          // is in the description of the failure
	cost     cost
}

// cost is what it takes to play a hostile peer.
type cost uint8

const (
	cheap  cost = iota
	live        // so cheap that it is played over TCP too
	costly      // played where WSCHECK_ALL is set, as in .ci/run
)

const textCase, deflateCase = "autobahn/1.1.2", "autobahn/12.1.1"

// withoutEnd writes octets until that fails.
func withoutEnd(conn net.Conn, octets string) {
	for {
		if _, err := io.WriteString(conn, octets); err != nil {
			return
		}
	}
}

// many repeats octets to a piece that is worth a write.
func many(octets string) string { return strings.Repeat(octets, 1+(32<<10)/len(octets)) }

// endless is a server that sends octets after a beginning and does not stop.
func endless(begin, octets string) func(net.Conn) {
	return func(conn net.Conn) {
		defer conn.Close()
		_, _ = io.WriteString(conn, begin)
		withoutEnd(conn, octets)
	}
}

// accepting is a server that accepts each opening handshake.
func accepting(then func(net.Conn, *bufio.Reader)) func(net.Conn) {
	return func(conn net.Conn) {
		defer conn.Close()
		r := bufio.NewReader(conn)
		request, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		var more []wsproto.Field
		if strings.Contains(request.Header.Get("Sec-WebSocket-Extensions"), deflate.Name) {
			more = append(more, wsproto.Field{Name: "Sec-WebSocket-Extensions", Value: deflate.Name})
		}
		response := wsproto.NewResponse(request.Header.Get("Sec-WebSocket-Key"), more...)
		if _, err := conn.Write(response.AppendTo(nil)); err == nil {
			then(conn, r)
		}
	}
}

// flooding accepts and sends octets without end after a beginning.
func flooding(begin, octets string) func(net.Conn) {
	return accepting(func(conn net.Conn, _ *bufio.Reader) { endless(begin, octets)(conn) })
}

// dripping sends single octets, one after each pause.
func dripping(pause time.Duration, octets string) func(net.Conn) {
	return func(conn net.Conn) {
		for i := 0; ; i++ {
			time.Sleep(pause)
			if _, err := conn.Write([]byte{octets[i%len(octets)]}); err != nil {
				return
			}
		}
	}
}

// unmasked returns a frame of a server.
func unmasked(op wsproto.Opcode, fin bool, payload string) string {
	return string(wsproto.NewFrame(op, fin, []byte(payload)).AppendTo(nil))
}

// bomb is a message that inflates to more than a thousand times its size.
func bomb() string {
	c := deflate.NewCompressor(deflate.Stream{WindowBits: 15})
	f := wsproto.NewFrame(wsproto.OpBinary, true, c.Message(nil, make([]byte, 64<<20)))
	f.Rsv = rsv1
	return string(f.AppendTo(nil))
}

const (
	interim  = "HTTP/1.1 100 Continue\r\n\r\n"
	accepts  = "HTTP/1.1 101 Switching Protocols\r\n"
	refuses  = "HTTP/1.1 403 Forbidden\r\n\r\n"
	requests = "GET / HTTP/1.1\r\n"
)

// hostileServers are hostile on top of an open connection, or before it is open.
func hostileServers() []hostile {
	const wrong, open = oracle.Violation, oracle.Inconclusive
	hugeHeader := binary.BigEndian.AppendUint64([]byte{0x82, 127}, 1<<62)
	return []hostile{
		// Before the connection is open.
		{"interim responses", endless("", many(interim)), textCase, wrong, "wscheck/overflow", "more than 1000 interim responses", live},
		{"interim responses, one at a time", endless("", interim), textCase, wrong, "wscheck/overflow", "more than 1000 interim responses", cheap},
		{"interim responses, in time", dripping(time.Nanosecond, interim), textCase, wrong, "wscheck/overflow", "more than 1000 interim responses", cheap},
		{"interim responses with fields", endless("", many("HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n")), textCase, wrong, "wscheck/overflow", "interim", live},
		{"header lines", endless(accepts, many("X-Field: value\r\n")), textCase, wrong, "rfc6455/4.2.2/response-http", "no end of the header fields", live},
		{"a header line", endless(accepts+"X-Field: ", many("v")), textCase, wrong, "rfc6455/4.2.2/response-http", "no end of the header fields", cheap},
		{"a folded header line", endless(accepts+"X-Field: v\r\n", many(" v\r\n")), textCase, wrong, "rfc6455/4.2.2/response-http", "no end of the header fields", cheap},
		{"a status line", endless("HTTP/1.1 101 ", many("x")), textCase, wrong, "rfc6455/4.2.2/response-http", "no end of the header fields", cheap},
		{"an interim header line", endless(many(interim)[:len(interim)*10]+accepts, "X: "), textCase, wrong, "rfc6455/4.2.2/response-http", "no end of the header fields", cheap},
		{"empty lines", endless("", many("\r\n")), textCase, wrong, "rfc6455/4.2.2/response-http", "empty lines", live},
		{"line feeds, in time", dripping(time.Nanosecond, "\n"), textCase, wrong, "rfc6455/4.2.2/response-http", "empty lines", cheap},
		{"a header line, in time", dripping(time.Nanosecond, accepts+strings.Repeat("X", 1<<17)), textCase, wrong, "rfc6455/4.2.2/response-http", "no end of the header fields", costly},
		{"white space", endless("", many(" ")), textCase, wrong, "rfc6455/4.2.2/response-http", "not HTTP", cheap},
		{"zeros", endless("", many("\x00")), textCase, wrong, "rfc6455/4.2.2/response-http", "not HTTP", live},
		{"a body after a refusal", endless(refuses, many("no ")), textCase, open, "", "403", live},
		{"one octet per second", dripping(time.Second, accepts), textCase, open, "", "", cheap},
		{"garbage", func(conn net.Conn) { _, _ = io.WriteString(conn, "220 smtp ready\r\n"); conn.Close() }, textCase, wrong, "rfc6455/4.2.2/response-http", "not HTTP", live},
		{"accepts and never reads", func(conn net.Conn) { time.Sleep(20 * time.Second); conn.Close() }, textCase, wrong, "rfc6455/4.2.2/respond", "nothing", cheap},
		{"accepts and closes", func(conn net.Conn) { conn.Close() }, textCase, open, "", "", live},
		{"resets at once", func(conn net.Conn) { link.NoLinger(conn); conn.Close() }, textCase, open, "", "", live},

		// After it is open.
		{"pings", flooding("", many(unmasked(wsproto.OpPing, true, ""))), textCase, wrong, "wscheck/overflow", "frames", costly},
		{"pongs", flooding("", many(unmasked(wsproto.OpPong, true, ""))), textCase, wrong, "wscheck/overflow", "frames", live},
		{"empty messages", flooding("", many(unmasked(wsproto.OpText, true, ""))), textCase, wrong, "wscheck/overflow", "frames", costly},
		{"messages", flooding("", many(unmasked(wsproto.OpText, true, "x"))), textCase, wrong, "wscheck/overflow", "frames", cheap},
		{"continuations", flooding(unmasked(wsproto.OpText, false, ""), many(unmasked(wsproto.OpContinuation, false, ""))), textCase, wrong, "wscheck/overflow", "frames", costly},
		{"continuations of a long message", flooding(unmasked(wsproto.OpText, false, ""), unmasked(wsproto.OpContinuation, false, strings.Repeat("x", 1<<15))), textCase, wrong, "wscheck/overflow", "octets", cheap},
		{"a frame", flooding(string(hugeHeader), many("x")), textCase, wrong, "wscheck/overflow", "octets", live},
		{"a huge declared length", accepting(func(conn net.Conn, r *bufio.Reader) {
			_, _ = conn.Write(hugeHeader)
			_, _ = io.Copy(io.Discard, r)
		}), textCase, wrong, "wscheck/echo-missing", "", cheap},
		{"octets after its close frame", flooding(unmasked(wsproto.OpClose, true, "\x03\xe8"), many("x")), textCase, wrong, "", "", cheap},
		{"frames after its close frame", flooding(unmasked(wsproto.OpClose, true, "\x03\xe8"), many(unmasked(wsproto.OpPong, true, ""))), textCase, wrong, "wscheck/stay", "", cheap},
		{"a pong in each second", accepting(func(conn net.Conn, _ *bufio.Reader) { dripping(time.Second, "\x8a\x00")(conn) }), textCase, wrong, "wscheck/echo-missing", "", cheap},
		{"a pong at a time", accepting(func(conn net.Conn, _ *bufio.Reader) { dripping(time.Nanosecond, "\x8a\x00")(conn) }), textCase, wrong, "wscheck/overflow", "frames", costly},
		{"an octet of a frame at a time", accepting(func(conn net.Conn, _ *bufio.Reader) {
			_, _ = conn.Write(hugeHeader)
			dripping(time.Nanosecond, "x")(conn)
		}), textCase, wrong, "wscheck/overflow", "octets more than", costly},
		{"a bomb", accepting(func(conn net.Conn, r *bufio.Reader) {
			_, _ = io.WriteString(conn, bomb())
			_, _ = io.Copy(io.Discard, r)
		}), deflateCase, wrong, "", "", cheap},
		{"bombs", accepting(func(conn net.Conn, r *bufio.Reader) { withoutEnd(conn, bomb()) }), deflateCase, wrong, "", "", cheap},
		{"pongs late in a loop", func(conn net.Conn) {
			_ = reference.ServeConn(&turning{conn, 1 << 18}, reference.Options{Deflate: new(reference.Deflate)})
		}, "autobahn/12.1.10", wrong, "wscheck/overflow", "frames", costly},
		{"a bomb's echo, an octet a frame", accepting(echoByOctet), "rfc7692/8/bomb-1024kib", oracle.Pass, "", "", cheap},
		{"silent", accepting(func(conn net.Conn, r *bufio.Reader) { _, _ = io.Copy(io.Discard, r) }), textCase, wrong, "wscheck/echo-missing", "", cheap},
		{"answers pings and never echoes", accepting(answerPings), textCase, wrong, "wscheck/echo-missing", "", cheap},

		// Calls that move nothing.
		{"polls a deadline", accepting(func(conn net.Conn, _ *bufio.Reader) {
			for {
				_ = conn.SetReadDeadline(time.Now())
				_, _ = conn.Read(make([]byte, 1))
			}
		}), textCase, wrong, "wscheck/peer-hung", "calls", cheap},
		{"polls a deadline that comes", accepting(func(conn net.Conn, _ *bufio.Reader) {
			for {
				_ = conn.SetReadDeadline(time.Now().Add(time.Nanosecond))
				if _, err := conn.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
					return
				}
			}
		}), textCase, wrong, "", "", costly},
		{"reads nothing", func(conn net.Conn) {
			for {
				_, _ = conn.Read(nil)
			}
		}, textCase, wrong, "wscheck/peer-hung", "more than 1048576 calls in a row", cheap},
		{"writes nothing", func(conn net.Conn) {
			for {
				_, _ = conn.Write(nil)
			}
		}, textCase, wrong, "wscheck/peer-hung", "more than 1048576 calls in a row", cheap},
		{"writes on though that fails", func(conn net.Conn) {
			_, _ = io.WriteString(conn, refuses)
			for {
				_, _ = io.WriteString(conn, "x")
			}
		}, textCase, wrong, "wscheck/peer-hung", "more than 10000 calls on a connection that was over", cheap},
	}
}

// turning is a connection whose side floods the other after it has written so
// many octets.
type turning struct {
	net.Conn
	left int
}

// Write writes octets, and then more than that.
func (c *turning) Write(b []byte) (int, error) {
	if c.left -= len(b); c.left < 0 {
		withoutEnd(c.Conn, many(unmasked(wsproto.OpPong, true, "")))
	}
	return c.Conn.Write(b)
}

// answerPings reads frames and answers pings until the peer closes.
func answerPings(conn net.Conn, r *bufio.Reader) {
	var frames wsproto.Collector
	octets := make([]byte, 1<<10)
	for {
		n, err := r.Read(octets)
		for _, f := range frames.Feed(octets[:n]) {
			if f.Opcode == wsproto.OpPing {
				_, err = io.WriteString(conn, unmasked(wsproto.OpPong, true, string(f.Payload)))
			}
		}
		if err != nil {
			return
		}
	}
}

// echoByOctet conforms: it sends each octet of a message back in a frame of its own.
func echoByOctet(conn net.Conn, r *bufio.Reader) {
	var frames wsproto.Collector
	inflater := deflate.NewInflater(deflate.Stream{WindowBits: 15}, 8<<20)
	octets := make([]byte, 1<<12)
	for {
		n, err := r.Read(octets)
		for _, f := range frames.Feed(octets[:n]) {
			var answer []byte
			switch f.Opcode {
			case wsproto.OpPing:
				answer = wsproto.NewFrame(wsproto.OpPong, true, f.Payload).AppendTo(nil)
			case wsproto.OpClose:
				_, _ = conn.Write(wsproto.NewFrame(wsproto.OpClose, true, f.Payload).AppendTo(nil))
				return
			default:
				var message []byte
				if message, _, err = inflater.Message(nil, f.Payload); err != nil {
					return
				}
				for i := range message {
					op := f.Opcode
					if i > 0 {
						op = wsproto.OpContinuation
					}
					answer = wsproto.NewFrame(op, i == len(message)-1, message[i:i+1]).AppendTo(answer)
				}
			}
			_, err = conn.Write(answer)
		}
		if err != nil {
			return
		}
	}
}

// hostileClients are hostile to a server.
func hostileClients() []hostile {
	const wrong, open = oracle.Violation, oracle.Inconclusive
	request := string(wsproto.NewRequest("localhost", "/", "AAAAAAAAAAAAAAAAAAAAAA==").AppendTo(nil))
	opened := func(then func(net.Conn)) func(net.Conn) {
		return func(conn net.Conn) {
			_, _ = io.WriteString(conn, request)
			if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
				then(conn)
			}
		}
	}
	return []hostile{
		{"header lines", endless(requests, many("X-Field: value\r\n")), textCase, wrong, "rfc6455/4.1/request-http", "no end of the header fields", live},
		{"a request line", endless("GET /", many("x")), textCase, wrong, "rfc6455/4.1/request-http", "no end of the header fields", cheap},
		{"empty lines", endless("", many("\r\n")), textCase, wrong, "rfc6455/4.1/request-http", "empty lines", cheap},
		{"white space", endless("", many(" ")), textCase, wrong, "rfc6455/4.1/request-http", "not HTTP", live},
		{"one octet per second", dripping(time.Second, requests), textCase, open, "", "", cheap},
		{"silent", func(conn net.Conn) { time.Sleep(20 * time.Second) }, textCase, open, "", "", cheap},
		{"resets at once", func(conn net.Conn) { link.NoLinger(conn) }, textCase, open, "", "", live},
		{"octets after the request", endless(request, many("x")), textCase, wrong, "rfc6455/4.1/await-response", "", cheap},
		{"pongs", opened(endless("", many("\x8a\x80\x00\x00\x00\x00"))), textCase, wrong, "wscheck/overflow", "frames", live},
		{"a frame", opened(endless("\x82\xff\x3f\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", many("x"))), textCase, wrong, "wscheck/overflow", "octets", cheap},
		{"a pong in each second", opened(dripping(time.Second, "\x8a\x80\x00\x00\x00\x00")), textCase, wrong, "wscheck/echo-missing", "", cheap},
		{"silent after the handshake", opened(func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }), textCase, wrong, "wscheck/echo-missing", "", cheap},
	}
}

// maxHostileMemory bounds the octets of heap that a conversation with a hostile
// peer allocates, the peer's own included, over its whole course.
const maxHostileMemory = 512 << 20

// TestHostilePeers demands an end and a reason, within bounded memory, whatever a
// peer does without end.
func TestHostilePeers(t *testing.T) {
	for _, side := range []struct {
		name  string
		peers []hostile
		peer  func(hostile) *localPeer
	}{
		{"servers", hostileServers(), func(h hostile) *localPeer { return &localPeer{server: h.serve} }},
		{"clients", hostileClients(), func(h hostile) *localPeer {
			return &localPeer{client: func(ctx context.Context, dial Dial, _ string) error {
				conn, err := dial(ctx, "tcp", "localhost:80")
				if err == nil {
					defer conn.Close()
					h.serve(conn)
				}
				return err
			}}
		}},
	} {
		for _, h := range side.peers {
			for _, overTCP := range []bool{false, true} {
				name := side.name + "/" + h.name
				if overTCP {
					name += "/live"
				}
				if overTCP && h.cost != live || h.cost == costly && !testseeds.All() {
					continue
				}
				t.Run(name, func(t *testing.T) {
					s, err := newSuite(t.Name(), side.peer(h), &Config{Live: overTCP})
					if err != nil {
						t.Fatal(err)
					}
					defer s.close()
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					r, err := s.play(t, caseOf(t, h.caseID))
					runtime.ReadMemStats(&after)
					if err != nil {
						t.Fatal(err)
					}
					text := Describe(r, report.JudgeRFC, "")
					if r.RFC.Outcome != h.outcome || h.clause != "" && !found(r, h.clause) || !strings.Contains(text, h.mentions) {
						t.Errorf("want %v of %q that mentions %q\n%s", h.outcome, h.clause, h.mentions, text)
					}
					if n := after.TotalAlloc - before.TotalAlloc; n > maxHostileMemory {
						t.Errorf("%d octets were allocated", n)
					}
				})
			}
		}
	}
}

// TestHostileRun demands the end of a whole run, from the first connection on. How much
// comes in the time of a wait depends on the machine, so any reason will do.
func TestHostileRun(t *testing.T) {
	t.Parallel()
	for _, h := range hostileServers() {
		if h.cost != live {
			continue
		}
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			r, err := Run(t.Context(), Server(h.serve), &Config{Cases: []string{textCase, "autobahn/7.1.1"}})
			if err != nil || len(r.Agents[0].Results) != 2 {
				t.Fatalf("%v, %v", r, err)
			}
			for _, result := range r.Agents[0].Results {
				if result.RFC.Outcome != h.outcome {
					t.Errorf("%s: %v", result.Case.ID, result.RFC)
				}
			}
		})
	}
}

// TestHostileRunEnds demands that a peer that sends without end is not played with for
// long, though some of its conversations are too short for all of it, that the line before
// the run says what it does, and that a peer that stops once is played with to the end.
func TestHostileRunEnds(t *testing.T) {
	t.Parallel()
	pongs := flooding("", many(unmasked(wsproto.OpPong, true, "")))
	var opened, turns atomic.Int32
	for _, h := range []struct {
		name  string
		serve func(net.Conn)
		ended string
	}{
		{"each time", pongs, "the peer sends without end"},
		{"each time, and not always fast", func(conn net.Conn) {
			if turns.Add(1)%2 == 0 {
				accepting(func(conn net.Conn, r *bufio.Reader) {
					_, _ = io.WriteString(conn, strings.Repeat(unmasked(wsproto.OpPong, true, ""), freeFrames/2))
					answerPings(conn, r)
				})(conn)
				return
			}
			pongs(conn)
		}, "the peer sends without end"},
		{"but once", func(conn net.Conn) {
			if opened.Add(1) == 5 { // the first ones come before the cases
				accepting(answerPings)(conn)
				return
			}
			pongs(conn)
		}, ""},
	} {
		t.Run(h.name, func(t *testing.T) {
			var met Preflight
			config := &Config{Jobs: 1, Cases: []string{"autobahn/1.1.*"}, Preflight: func(p Preflight) { met = p }}
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go accept.All(ln, nil, func(conn net.Conn) { go h.serve(conn) }, nil)
			r, err := Run(t.Context(), URL("ws://"+ln.Addr().String()+"/", nil), config)
			if err != nil {
				t.Fatal(err)
			}
			agent := r.Agents[0]
			if !strings.HasPrefix(agent.Ended, h.ended) || (agent.Ended == "") != (h.ended == "") {
				t.Errorf("ended: %q after %d cases", agent.Ended, len(agent.Results))
			}
			if !strings.Contains(met.String(), "does not echo, and sends more than is read") {
				t.Errorf("preflight: %s", met)
			}
		})
	}
}
