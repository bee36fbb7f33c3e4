package oracle

import (
	"fmt"
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

// TestPongOfForgottenPing has a peer answer the first of more pings than the judge
// keeps: one with the same payload after a fault is not what it has answered.
func TestPongOfForgottenPing(t *testing.T) {
	series := func(n int) (pings []piece) {
		for i := range n {
			pings = append(pings, ping(fmt.Sprintf("ping %08d", i)))
		}
		return pings
	}
	conversation := func(n int, answer string) *Trace {
		sent := append(series(n), text("a").more(), text("b"))
		return traceOf(wsproto.Client, open(), tx(append(sent, series(n)...)...), rx(pong(answer)))
	}
	for _, n := range []int{maxPings / 2, maxPings/2 + 1, maxPings - 1, maxPings, maxPings + 1, 300} {
		for _, i := range []int{0, n / 2, n - 1} {
			answer := fmt.Sprintf("ping %08d", i)
			if v := JudgeTrace(conversation(n, answer), Options{Echo: true, Stay: true}); v.Outcome == Violation {
				t.Errorf("%d pings before the fault and as many after it, and a pong %q: %+v", n, answer, v.Findings)
			}
		}
	}
	sent := append(series(300), text("a").more(), text("b"), ping("another one"))
	v := JudgeTrace(traceOf(wsproto.Client, open(), tx(sent...), rx(pong("another one"))), Options{Echo: true, Stay: true})
	if v.Outcome != Violation {
		t.Errorf("a pong to a ping after a fault is %v", v.Outcome)
	}
}

// TestFeatures demands that conversations that differ in what the peer does have
// other features, and those that differ in nothing but content and time do not.
func TestFeatures(t *testing.T) {
	features := func(parts ...part) map[uint32]bool {
		j := NewJudge(wsproto.Client, Options{Echo: true, Stay: true})
		trace := traceOf(wsproto.Client, append([]part{open()}, parts...)...)
		for i := range trace.Events {
			j.Feed(&trace.Events[i])
		}
		all := map[uint32]bool{}
		for _, f := range j.AppendFeatures(nil) {
			all[f] = true
		}
		return all
	}
	more := func(a, b map[uint32]bool) bool {
		for f := range b {
			if !a[f] {
				return true
			}
		}
		return false
	}
	plain := features(tx(text("a")), rx(text("a")))
	if same := features(quiet(), tx(text("b")), rx(text("b"))); more(plain, same) || more(same, plain) {
		t.Error("other content has other features")
	}
	for name, other := range map[string]map[uint32]bool{
		"an echo in fragments":   features(tx(text("a")), rx(text("").more(), cont("a"))),
		"no echo":                features(tx(text("a"))),
		"a ping":                 features(tx(text("a")), rx(ping(""), text("a"))),
		"an end":                 features(tx(text("a")), rx(text("a")), eof()),
		"another type":           features(tx(text("a")), rx(binary("a"))),
		"a fault that is missed": features(tx(text("a").more(), text("b")), rx(text("b"))),
	} {
		if !more(plain, other) {
			t.Errorf("%s is nothing new", name)
		}
	}
}
