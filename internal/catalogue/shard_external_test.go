package catalogue_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/wsproto"
)

// The parts are disjoint and make up the whole, in its order, and are the same
// on every machine.
func TestShardsAreThePartsOfTheWhole(t *testing.T) {
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		all := catalogue.For(role)
		for _, n := range []int{1, 2, 3, 8, 60} {
			t.Run(fmt.Sprintf("%v/%d", role, n), func(t *testing.T) {
				place := map[*catalogue.Case]int{}
				for i, c := range all {
					place[c] = i
				}
				seen := map[string]int{}
				for i := range n {
					part := catalogue.Shard{Index: i + 1, Count: n}.Of(slices.Clone(all))
					if !slices.IsSortedFunc(part, func(a, b *catalogue.Case) int { return place[a] - place[b] }) {
						t.Errorf("part %d is not in the order of the whole", i+1)
					}
					for _, c := range part {
						if before, twice := seen[c.ID]; twice {
							t.Errorf("%s is in the parts %d and %d", c.ID, before, i+1)
						}
						seen[c.ID] = i + 1
					}
				}
				if len(seen) != len(all) {
					t.Errorf("%d cases of %d are in a part", len(seen), len(all))
				}
			})
		}
	}
}

// There may be more parts than cases.
func TestShardsOfFewCases(t *testing.T) {
	all := catalogue.For(wsproto.Client)[:3]
	var got []*catalogue.Case
	for i := range 9 {
		got = append(got, catalogue.Shard{Index: i + 1, Count: 9}.Of(all)...)
	}
	if len(got) != 3 || got[0] == got[1] || got[1] == got[2] || got[0] == got[2] {
		t.Errorf("%d cases in the parts of three", len(got))
	}
}

// No part has much more of what takes long than another.
func TestShardsShareWhatTakesLong(t *testing.T) {
	kinds := map[string]func(*catalogue.Case) bool{
		"bulk":  func(c *catalogue.Case) bool { return c.Bulk },
		"limit": func(c *catalogue.Case) bool { return strings.HasPrefix(c.ID, "autobahn/9.") },
		"any":   func(*catalogue.Case) bool { return true },
	}
	const n = 8
	all := catalogue.For(wsproto.Client)
	for name, kind := range kinds {
		total, most := 0, 0
		for i := range n {
			count := 0
			for _, c := range (catalogue.Shard{Index: i + 1, Count: n}).Of(all) {
				if kind(c) {
					count++
				}
			}
			total, most = total+count, max(most, count)
		}
		if most > 2*total/n+1 {
			t.Errorf("%s: one part has %d of %d", name, most, total)
		}
	}
}

func TestShardText(t *testing.T) {
	for _, text := range []string{"1/1", "2/8", "10000/10000"} {
		var s catalogue.Shard
		if err := s.UnmarshalText([]byte(text)); err != nil || s.String() != text {
			t.Errorf("%s: got %v, %v", text, s, err)
		}
		b, err := json.Marshal(s)
		if err != nil || string(b) != `"`+text+`"` {
			t.Errorf("%s: as JSON %s, %v", text, b, err)
		}
	}
	var last catalogue.Shard
	if err := last.UnmarshalText([]byte("7+1/8")); err != nil || last.String() != "8/8" {
		t.Errorf("7+1/8 is %v, %v", last, err)
	}
	for _, text := range []string{"", "1", "8+1/8", "-1+1/8", "+1/8", "/", "0/2", "3/2", "-1/2", "1/0", "1/10001", "a/b", "1/2/3", " 1/2", strings.Repeat("9", 100) + "/2"} {
		var s catalogue.Shard
		if err := s.UnmarshalText([]byte(text)); err == nil || len(err.Error()) > 150 {
			t.Errorf("%q: got %v, %v", text, s, err)
		}
	}
	if parts := (catalogue.Shard{}).Parts(); parts != nil {
		t.Errorf("the whole has the parts %v", parts)
	}
}
