package oracle

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/wsproto"
)

// longTalk judges a conversation with a server that is sent messages and gives
// others back. With lag 0 all is sent before anything comes back; else what comes
// is so many octets late. Octets go in pieces that are drawn.
func longTalk(sent, received [][]byte, lag int) (*Judge, Verdict) {
	rng := rand.New(rand.NewPCG(1, uint64(lag)))
	j := NewJudge(client, Options{Echo: true, Stay: true})
	for _, ev := range traceOf(client, open()).Events {
		j.Feed(&ev)
	}
	frames := func(from wsproto.Role, messages [][]byte) (b []byte) {
		for _, m := range messages {
			op := wsproto.OpBinary
			for fin := false; !fin; op = wsproto.OpContinuation {
				n := min(len(m), 1+rng.IntN(1<<19))
				fin = n == len(m)
				f := wsproto.NewFrame(op, fin, m[:n])
				f.Masked, f.Mask = from == client, [4]byte{1, 2, 3, 4}
				b, m = f.AppendTo(b), m[n:]
			}
		}
		return b
	}
	feed := func(kind EventKind, b *[]byte, most int) {
		for most > 0 && len(*b) > 0 {
			n := min(most, len(*b), 1+rng.IntN(100_000))
			j.Feed(&Event{Kind: kind, Data: (*b)[:n], N: n})
			*b, most = (*b)[n:], most-n
		}
	}
	ours, theirs := frames(client, sent), frames(server, received)
	all := len(ours) + len(theirs)
	if lag == 0 {
		lag = all
	}
	feed(EventSent, &ours, lag)
	for len(ours)+len(theirs) > 0 {
		feed(EventReceived, &theirs, 10_000)
		feed(EventSent, &ours, 10_000)
	}
	for _, ev := range traceOf(client, quiet(), farewell()).Events {
		j.Feed(&ev)
	}
	return j, j.Verdict()
}

// TestLongEchoes: messages of any size are compared, in little memory. How late they come is varied,
// in all ways where WSCHECK_ALL is set.
func TestLongEchoes(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and in one goroutine: the race detector has nothing to see")
	}
	const size = 4<<20 + 12345
	random := make([]byte, size)
	rng := rand.NewChaCha8([32]byte{1})
	_, _ = rng.Read(random)
	repeated := bytes.Repeat([]byte("wscheck"), size/7+1)[:size]
	whole := func(m []byte) []byte { return m }
	flipped := func(at int) func([]byte) []byte {
		return func(m []byte) []byte {
			m = slices.Clone(m)
			m[(at+len(m))%len(m)] ^= 1
			return m
		}
	}
	tests := []struct {
		name string
		echo func(m []byte) []byte
		ok   bool
	}{
		{"whole", whole, true},
		{"cut-to-1-mib", func(m []byte) []byte { return m[:1<<20] }, false},
		{"cut-to-2-mib", func(m []byte) []byte { return m[:2<<20] }, false},
		{"cut-to-16-bits", func(m []byte) []byte { return m[:len(m)&0xffff] }, false},
		{"last-octet-missing", func(m []byte) []byte { return m[:len(m)-1] }, false},
		{"one-octet-more", func(m []byte) []byte { return append(slices.Clone(m), 'w') }, false},
		{"empty", func([]byte) []byte { return nil }, false},
		{"first-octet", flipped(0), false},
		{"octet-before-1-mib", flipped(1<<20 - 1), false},
		{"octet-at-1-mib", flipped(1 << 20), false},
		{"octet-amid", flipped(3<<20 + 17), false},
		{"last-octet", flipped(-1), false},
		{"blocks-swapped", func(m []byte) []byte {
			return slices.Concat(m[:2<<20], m[2<<20+digestBlock:2<<20+2*digestBlock], m[2<<20:2<<20+digestBlock], m[2<<20+2*digestBlock:])
		}, false},
		{"octets-swapped", func(m []byte) []byte {
			m = slices.Clone(m)
			m[2<<20], m[2<<20+1] = m[2<<20+1], m[2<<20]
			return m
		}, false},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for j, m := range [][]byte{random, repeated} {
				lags := []int{0, 20_000, 900_000, 3 << 20}
				for _, lag := range testseeds.Part(lags, (i+j)%3) {
					sent := [][]byte{m, []byte("after")}
					j, v := longTalk(sent, [][]byte{tt.echo(m), []byte("after")}, lag)
					found := slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Clause == "wscheck/echo-content" })
					if (v.Outcome == Pass) != tt.ok || found == tt.ok {
						t.Errorf("lag %d: got %+v", lag, v)
					}
					if n := cap(j.echo.buf) + 8*cap(j.echo.queue[:1][0].sums); n > 4*keptEcho {
						t.Errorf("lag %d: %d octets are kept", lag, n)
					}
				}
			}
		})
	}
}

// TestLongOrder: a wrong order of long messages is not taken for wrong content, and
// equal messages may come back in any order.
func TestLongOrder(t *testing.T) {
	long := func(n int, last byte) []byte { return append(bytes.Repeat([]byte{'a'}, n), last) }
	a, b, short := long(2<<20, 'a'), long(2<<20, 'b'), []byte("short")
	tests := []struct {
		name           string
		sent, received [][]byte
		clause         ClauseID
	}{
		{"in-order", [][]byte{a, b, short, a, a}, [][]byte{a, b, short, a, a}, ""},
		{"long-first", [][]byte{short, a}, [][]byte{a, short}, "wscheck/echo-order"},
		{"short-first", [][]byte{a, short}, [][]byte{short, a}, "wscheck/echo-order"},
		{"swapped", [][]byte{a, b}, [][]byte{b, a}, "wscheck/echo-order"},
		{"second-wrong", [][]byte{a, b}, [][]byte{a, a}, "wscheck/echo-content"},
		{"first-missing", [][]byte{a, b}, [][]byte{b}, "wscheck/echo-order"},
		{"last-missing", [][]byte{a, b}, [][]byte{a}, "wscheck/echo-missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, v := longTalk(tt.sent, tt.received, 0)
			if tt.clause == "" && v.Outcome != Pass ||
				tt.clause != "" && !slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Clause == tt.clause }) {
				t.Errorf("got %+v", v)
			}
		})
	}
}
