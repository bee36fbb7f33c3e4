package oracle

import (
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/marker"
	"github.com/wscheck/wscheck/wsproto"
)

// TestStrays cuts what the peer sends at every place: a tag is found where it is in
// a message or a pong that is not owed, and not where it came from us.
func TestStrays(t *testing.T) {
	a, b := marker.Of(1), marker.Of(2)
	mine, other := string(a[:]), string(b[:])
	long := strings.Repeat("x", 100)
	for _, c := range []struct {
		name, sent, got string
		ping            bool
		want            []string
	}{
		{"echo", mine + long, mine + long, false, nil},
		{"other", mine + long, other + long, false, []string{other}},
		{"later", mine + long, mine + long + other, false, []string{other}},
		{"cut", mine + long, mine + long + other[:marker.Size-1], false, nil},
		{"ping", mine, other, true, []string{other}},
	} {
		t.Run(c.name, func(t *testing.T) {
			sends, gets := tx(text(c.sent)), rx(text(c.got))
			if c.ping {
				sends, gets = tx(ping(c.sent)), rx(pong(c.got))
			}
			trace := traceOf(wsproto.Client, open(), sends, gets)
			last := trace.Events[len(trace.Events)-1]
			for cut := range last.Data {
				j := NewJudge(wsproto.Client, Options{Echo: true})
				for i := range trace.Events[:len(trace.Events)-1] {
					j.Feed(&trace.Events[i])
				}
				j.Feed(&Event{Kind: EventReceived, Data: last.Data[:cut]})
				j.Feed(&Event{Kind: EventReceived, Data: last.Data[cut:]})
				found := slices.DeleteFunc(slices.Clone(j.Strays()), func(tag string) bool { return tag == mine })
				if found = slices.Compact(found); !slices.Equal(found, c.want) {
					t.Fatalf("cut after %d octets: %q, want %q", cut, found, c.want)
				}
			}
		})
	}
}
