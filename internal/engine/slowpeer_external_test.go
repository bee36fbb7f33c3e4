package engine_test

import (
	"bytes"
	"context"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/mutation"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// tricklingConn reads or writes one octet at a time, where the peer is slow at that, and takes
// a while over each.
type tricklingConn struct {
	net.Conn
	reads, writes time.Duration // 0: as fast as it can
}

func (c *tricklingConn) Read(b []byte) (int, error) {
	if c.reads > 0 && len(b) > 1 {
		b = b[:1]
	}
	time.Sleep(c.reads)
	return c.Conn.Read(b)
}

func (c *tricklingConn) Write(b []byte) (n int, err error) {
	if c.writes == 0 {
		return c.Conn.Write(b)
	}
	for n < len(b) && err == nil {
		time.Sleep(c.writes)
		var m int
		m, err = c.Conn.Write(b[n : n+1])
		n += m
	}
	return n, err
}

// TestSlowPeer checks that a peer which takes minutes over a message is not called wrong: it still
// reads or writes, and that can be seen.
func TestSlowPeer(t *testing.T) {
	t.Parallel()
	const pause = 2 * time.Millisecond
	for _, c := range []struct {
		name          string
		reads, writes time.Duration
		passes        bool // the case of 65,536 octets
	}{
		{"reads", pause, 0, true},
		{"writes", 0, pause, false},
	} {
		for role, target := range map[string]engine.Target{
			"server": engine.Server(func(conn net.Conn) {
				_ = reference.ServeConn(&tricklingConn{conn, c.reads, c.writes}, reference.Options{})
			}),
			"client": engine.ClientFunc(func(ctx context.Context, dial engine.Dial, url string) error {
				conn, err := dial(ctx, "tcp", "localhost")
				if err != nil {
					return err
				}
				return reference.Connect(&tricklingConn{conn, c.reads, c.writes}, url, reference.Options{})
			}),
		} {
			t.Run(c.name+"/"+role, func(t *testing.T) {
				cases := []string{
					"autobahn/1.1.[1-57]*", "rfc6455/5.2/buffer-16384-minus-0", "rfc6455/5.2/late-binary-rsv2-*", "rfc6455/5.4/ping-within-large",
				}
				if testseeds.All() {
					cases = append(cases, "autobahn/1.1.[68]*") // as long as 1.1.7
				}
				r, err := engine.RunBubble(t, target, &engine.Config{Cases: cases})
				if err != nil {
					t.Fatal(err)
				}
				for _, result := range r.Agents[0].Results {
					has := result.Case.ID == "autobahn/1.1.1" || result.Case.ID == "autobahn/1.1.7" && c.passes // to pass
					if result.RFC.Outcome == oracle.Violation || has && result.RFC.Outcome != oracle.Pass {
						t.Errorf("%s: %s %s %+v", result.Case.ID, result.RFC.Outcome, result.RFC.Reason, result.RFC.Findings)
					}
				}
			})
		}
	}
}

// TestNotEndless has a peer give back as it is, and in short frames, what came compressed, and another each
// octet in a frame with long pings and pongs between: its octets are more than ours by far, and not without end.
func TestNotEndless(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("hundreds of megaoctets: other tests have the same goroutines")
	}
	const size, count = 2 << 20, 40
	loop := func(count int, text oracle.Payload) oracle.Step {
		return oracle.Step{Kind: oracle.StepEcho, Count: count, Frame: wsproto.Header{Opcode: wsproto.OpText}, Payload: text}
	}
	text, packed := oracle.Payload{Data: []byte("x"), Len: size}, deflate.NewCompressor(deflate.Stream{WindowBits: deflate.MaxWindowBits, NoContextTakeover: true})
	byHand := frame(wsproto.OpText, 4, string(packed.Message(nil, bytes.Repeat(text.Data, size))))
	plain := reference.Freedom{Seed: 1, Compression: reference.CompressNone, Fragment: 125}
	for name, tt := range map[string]struct {
		freedom reference.Freedom
		steps   []oracle.Step
	}{
		"messages": {plain, []oracle.Step{loop(count, text)}},
		"by hand":  {plain, append(slices.Repeat([]oracle.Step{byHand}, count), oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitMessage, Count: count})},
		"noise": {
			reference.Freedom{Seed: 1, Compression: reference.CompressNone, Fragment: 1, Noise: reference.PingBetween | reference.PongBetween, LongNoise: true},
			[]oracle.Step{loop(300, oracle.Payload{Data: []byte("x"), Len: 1000})},
		},
	} {
		for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
			cs := scriptOf(tt.steps...)
			cs.Script.Handshake.Offers = []string{deflate.Name + "; server_no_context_takeover; client_no_context_takeover"}
			peer := mutation.Endpoint(role, reference.Options{Deflate: new(reference.Deflate), Freedom: tt.freedom})
			if v := verdict(t, peer, cs); v.Outcome != oracle.Pass {
				t.Errorf("%s of a %s: %+v", name, role, v)
			}
		}
	}
}
