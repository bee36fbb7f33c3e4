package gen

import (
	"slices"
	"sync"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// deflateMistakes are about compressed messages (RFC 7692 6, 7.2).
var deflateMistakes = []mistake{
	{name: "deflate-damaged", weight: 6, where: outside, only: compressed, clauses: []oracle.ClauseID{
		"rfc7692/7.2.2/invalid-fail", "rfc7692/7.2.2/unfinished-fail",
	}, do: func(t *draft) {
		all := damagedPayloads()
		p := &all[t.d.below(len(all), "damaged")]
		t.broke = p.clause
		sendPacked(t, p)
	}},
	{name: "deflate-not-utf8", weight: 3, where: outside, only: compressed, clauses: utf8Fail, do: func(t *draft) {
		all := flawedTexts()
		sendPacked(t, &all[t.d.below(len(all), "flaw")]) // as text, more often than not
	}},
	{name: "deflate-loose-end", weight: 1, where: outside, only: compressed, clauses: []oracle.ClauseID{"rfc7692/7.2.2/tail-fail"}, do: func(t *draft) {
		all := looseEnds()
		sendPacked(t, &all[t.d.below(len(all), "loose end")])
	}},
	{name: "deflate-overrun", weight: 3, where: outside, only: compressed, clauses: []oracle.ClauseID{"rfc7692/7.2.2/overrun-fail"}, do: func(t *draft) {
		all := overruns()
		sendPacked(t, &all[t.d.below(len(all), "overrun")])
	}},
	{name: "rsv1-control", weight: 3, packed: true, only: compressed, clauses: []oracle.ClauseID{"rfc7692/6.1/rsv1-control-fail"}, do: func(t *draft) {
		controlFrame(t).Frame.Rsv = rsv1
	}},
	{name: "rsv1-continuation", weight: 4, where: outside, only: compressed, clauses: []oracle.ClauseID{"rfc7692/6.1/rsv1-continuation-fail"}, do: func(t *draft) {
		// The message that is under way may be compressed, or not.
		octets, rsv := rightPayloads()[0].payload, uint8(rsv1)
		if t.d.below(2, "plain") == 1 {
			octets, rsv = []byte(hello), 0
		}
		for i := range 1 + t.d.below(3, "cuts") {
			n := t.d.below(len(octets)+1, "cut")
			t.frame(t.partType(wsproto.OpText, i), false, oracle.Payload{Data: octets[:n:n]}).Frame.Rsv = rsv
			octets, rsv = octets[n:], 0
		}
		t.frame(wsproto.OpContinuation, true, oracle.Payload{Data: octets}).Frame.Rsv = rsv1
	}},
}

// compressionMistakes are the mistakes about compression alone.
var compressionMistakes = sync.OnceValue(func() (all []*mistake) {
	for i := range deflateMistakes {
		all = append(all, slices.Repeat([]*mistake{&deflateMistakes[i]}, deflateMistakes[i].weight)...)
	}
	return all
})
