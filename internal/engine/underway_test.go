package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// lateLink is a link to a server at whose system our octets arrive, all but the opening handshake,
// after a time. It answers by a close frame, or not.
type lateLink struct {
	link.Link
	takes   time.Duration
	answers bool

	inputs  []link.Input // that are to be given out at once
	arrives time.Time
}

func (l *lateLink) Write(b []byte, _ int) {
	l.inputs = append(l.inputs, link.Input{Kind: link.Written})
	if req, n, err := wsproto.ParseRequest(b); err == nil && n > 0 {
		key, _ := req.Get("Sec-WebSocket-Key")
		l.inputs = append(l.inputs, link.Input{Kind: link.Data, Data: wsproto.NewResponse(key).AppendTo(nil)})
		return
	}
	l.arrives = time.Now().Add(l.takes)
}

func (l *lateLink) Next(deadline time.Time) link.Input {
	if len(l.inputs) > 0 {
		in := l.inputs[0]
		l.inputs = l.inputs[1:]
		return in
	}
	if l.answers && !l.arrives.IsZero() && l.arrives.Before(deadline) {
		time.Sleep(time.Until(l.arrives))
		l.answers = false
		l.inputs = append(l.inputs, link.Input{Kind: link.EOF})
		return link.Input{Kind: link.Data, Data: []byte{0x88, 2, 3, 0xe8}}
	}
	time.Sleep(time.Until(deadline))
	return link.Input{Kind: link.TimedOut, Underway: time.Now().Before(l.arrives)}
}

func (*lateLink) Exact() bool { return false }
func (*lateLink) Close(bool)  {}

// TestUnderway has octets of ours arrive at a server's system after longer than the patience: a server
// that answers then passes, and one that does not breaks the clause. Where they do not arrive, its silence proves nothing.
func TestUnderway(t *testing.T) {
	const clause = "rfc6455/5.5.1/close-reply"
	script, err := oracle.ParseScript("as client\nclose 1000\nend: await the end of the connection\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, brief := range []bool{false, true} {
		for _, tt := range []struct {
			name    string
			takes   time.Duration
			answers bool
			broken  bool
			reading time.Duration
		}{
			{"answers", 18 * time.Second, true, false, 0},
			{"does not answer", 18 * time.Second, false, true, 0},
			{"never arrives", time.Hour, false, true, unarrived}, // which the doubts then take back
		} {
			t.Run(tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					cs := &catalogue.Case{ID: "late", Script: *script}
					l := &lateLink{takes: tt.takes, answers: tt.answers}
					began := time.Now()
					c := newConversation(t.Context(), wsproto.Client, cs, l, new(endpointURL), new(Config).newTiming(), 0)
					if c.bePatient(10 * time.Second); brief {
						c.waitLimit = playWait
					}
					c.playScript()
					r := newResult(cs, "", c)
					if broken := len(r.RFC.Broken()) > 0 && r.RFC.Broken()[0] == clause; broken != tt.broken || r.Reading != tt.reading || time.Since(began) > 2*time.Minute {
						t.Errorf("got %+v, reading for %v, after %v; want %s broken %v, reading for %v", r.RFC, r.Reading, time.Since(began), clause, tt.broken, tt.reading)
					}
				})
			})
		}
	}
}
