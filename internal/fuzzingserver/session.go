package fuzzingserver

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Limits on a connection over which a command is given.
const (
	talkTime   = time.Second // for the client to read an answer, and for its close frame
	talkOctets = 64 << 10    // that it may send
)

// session is a connection over which a command is given: an opening handshake, an
// answer, and a close. Its methods are for one goroutine.
type session struct {
	conn         net.Conn
	head         []byte // what was read of it
	request      *wsproto.Request
	carrier      engine.Carrier // of runCase; nil for HTTP/1.1
	fell         func() bool    // of an [engine.Lane]
	subprotocols []string       // that the server speaks

	writing sync.Mutex
	heard   chan struct{} // closed when the client has ended the conversation
}

// open accepts the client's opening handshake. What is wrong with it is for the
// cases to judge: here all that is needed is a key.
func (t *session) open() *refusal {
	key, n := t.request.Get("Sec-WebSocket-Key")
	if n == 0 {
		return refused("Sec-WebSocket-Key: it is missing")
	}
	resp := wsproto.NewResponse(key)
	if p := t.subprotocol(); p != "" {
		resp.Fields = append(resp.Fields, wsproto.Field{Name: "Sec-WebSocket-Protocol", Value: p})
	}
	t.write(resp.AppendTo(nil))
	size := len(t.request.AppendTo(nil))
	t.conn = link.Rewind(t.conn, t.head[size:])
	t.heard = make(chan struct{})
	go t.listen()
	return nil
}

// subprotocol is the one that is chosen, "" for none.
func (t *session) subprotocol() string {
	for _, offered := range t.request.Tokens("Sec-WebSocket-Protocol") {
		if slices.Contains(t.subprotocols, offered) {
			return offered
		}
	}
	return ""
}

// listen reads until the client closes, leaves or says too much, and answers
// pings: a client may send some to see whether it has to wait longer.
func (t *session) listen() {
	defer close(t.heard)
	frames := wsproto.Collector{MaxPayload: 125} // of a ping
	buf := make([]byte, 4<<10)
	for total := 0; total <= talkOctets; {
		n, err := t.conn.Read(buf)
		total += n
		for _, f := range frames.Feed(buf[:n]) {
			switch f.Opcode {
			case wsproto.OpClose:
				return
			case wsproto.OpPing:
				t.write(wsproto.NewFrame(wsproto.OpPong, true, f.Payload).AppendTo(nil))
			}
		}
		if err != nil {
			return
		}
	}
}

// write sends octets, within a bounded time. An error shows when the client is
// next listened to.
func (t *session) write(b []byte) {
	t.writing.Lock()
	defer t.writing.Unlock()
	_ = t.conn.SetWriteDeadline(time.Now().Add(talkTime))
	_, _ = t.conn.Write(b)
}

// end closes the connection: the frames before, if any, and a close frame
// without a code. It returns when the client has answered, or its time is up.
func (t *session) end(before ...wsproto.Frame) {
	var out []byte
	for _, f := range before {
		out = f.AppendTo(out)
	}
	t.write(wsproto.NewFrame(wsproto.OpClose, true, nil).AppendTo(out))
	timer := time.NewTimer(talkTime)
	defer timer.Stop()
	select {
	case <-t.heard:
	case <-timer.C:
	}
	_ = t.conn.Close()
	<-t.heard
}

// answer opens the connection, sends a text message and closes.
func (t *session) answer(message string) *refusal {
	if r := t.open(); r != nil {
		return r
	}
	t.end(text(message))
	return nil
}

// dismiss opens the connection and closes it.
func (t *session) dismiss() *refusal {
	if r := t.open(); r != nil {
		return r
	}
	t.end()
	return nil
}

// wait waits until done is closed, and reports false if the client left before,
// or the time is up, or ctx ends, or the server is stopped.
func (t *session) wait(ctx context.Context, done, stopped <-chan struct{}, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-t.heard:
	case <-timer.C:
	case <-ctx.Done():
	case <-stopped:
	}
	return false
}

// over is what carries the conversation.
func (t *session) over() oracle.Carrier {
	if t.carrier == nil {
		return oracle.HTTP1
	}
	return t.carrier.Carrier()
}

// fallen is r where the client ended the connection beneath several WebSockets: which of
// them it ended it for cannot be known, so that its end proves nothing.
func (t *session) fallen(r *report.Result) {
	if t.fell == nil || !t.fell() || r.Trace == nil {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(r.RFC.Findings), func(f oracle.Finding) bool {
		return f.Event >= 0 && f.Event < len(r.Trace.Events) && r.Trace.Events[f.Event].Kind == oracle.EventReceivedReset
	})
	if len(kept) == len(r.RFC.Findings) {
		return
	}
	r.RFC.Findings = kept
	if r.RFC.Outcome == oracle.Violation && !slices.ContainsFunc(kept, func(f oracle.Finding) bool { return f.Outcome == oracle.Violation }) {
		r.RFC.Outcome, r.RFC.Reason = oracle.Inconclusive, "the client ended the connection, on which it had other WebSockets"
	}
}

// text is a text message in one frame.
func text(s string) wsproto.Frame { return wsproto.NewFrame(wsproto.OpText, true, []byte(s)) }
