package engine_test

import (
	"net"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// recording is a conversation with a server that conforms.
func recording(t *testing.T) *oracle.Script {
	t.Helper()
	p := player(t, engine.Server(serving(reference.Options{})))
	await := oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitMessage, Count: 1}
	r, err := p.Play(t.Context(), scriptOf(frame(wsproto.OpText, 0, "first"), await, frame(wsproto.OpBinary, 0, "second message")))
	if err != nil {
		t.Fatal(err)
	}
	s, err := engine.PlainScript(r.Trace)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPlainScript demands that the messages of a recording are sent again, each after
// what had come before it.
func TestPlainScript(t *testing.T) {
	t.Parallel()
	const want = `as client
message TEXT "first"
await message within 5s
message BINARY "second message"
await message × 2 within 5s
end: ping, await the pong, close`
	s := recording(t)
	if got := strings.ReplaceAll(s.String(), "message × 1 ", "message "); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, err := engine.PlainScript(&oracle.Trace{Role: wsproto.Server}); err == nil {
		t.Error("the recording of a server's side is taken")
	}
}

// TestVary demands that a server that conforms is distinguished from one that is confused by
// how a message is framed, and that the variation and the message are named.
func TestVary(t *testing.T) {
	t.Parallel()
	s := recording(t)
	for _, c := range []struct {
		mutant string
		want   []string
	}{
		{"", nil},
		{"refuse-empty-fragment", []string{"empty fragments around it"}},
	} {
		t.Run("mutant="+c.mutant, func(t *testing.T) {
			t.Parallel()
			o := reference.Options{Mutant: c.mutant, Deflate: new(reference.Deflate)}
			p := varier(t, serving(o))
			found, err := p.Vary(t.Context(), s, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range found {
				got = append(got, d.Variation)
				if d.Message != 1 || d.Want == d.Got || d.Script == nil {
					t.Errorf("reported as %+v", d)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestVaryMask demands that answers that differ by themselves are an error, unless
// what differs is masked.
func TestVaryMask(t *testing.T) {
	t.Parallel()
	s := recording(t)
	var n atomic.Int64
	p := varier(t, func(conn net.Conn) {
		o := reference.Options{Mutant: ""}
		_ = reference.ServeConn(&numbering{Conn: conn, n: byte('0' + n.Add(1)%10)}, o)
	})
	if _, err := p.Vary(t.Context(), s, nil, nil); err == nil || !strings.Contains(err.Error(), "--mask") {
		t.Errorf("error %v, want one that names --mask", err)
	}
	found, err := p.Vary(t.Context(), s, []*regexp.Regexp{regexp.MustCompile("^[0-9]irst")}, nil)
	if err != nil || len(found) != 0 {
		t.Errorf("masked: %+v, %v", found, err)
	}
}

// numbering puts the number of its connection in the place of the first letter of
// what goes out.
type numbering struct {
	net.Conn
	n byte
}

func (c *numbering) Write(b []byte) (int, error) {
	if _, err := c.Conn.Write([]byte(strings.Replace(string(b), "first", string(c.n)+"irst", 1))); err != nil {
		return 0, err
	}
	return len(b), nil
}

func varier(t *testing.T, server func(net.Conn)) *engine.Player {
	t.Helper()
	p, err := engine.NewPlayer(t.Context(), engine.Server(server), &engine.Config{Dialect: oracle.DialectNone})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}
