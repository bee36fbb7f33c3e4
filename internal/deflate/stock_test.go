package deflate

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestStock(t *testing.T) {
	source := sample("json", 20_000)
	round := slices.Concat(source, source, source, source)
	type made struct {
		stock *Stock
		size  int
	}
	var stocks []made
	for _, size := range []int{1, 100, 4096, 20_000, 30_000} {
		for _, bits := range []int{8, 15} {
			stocks = append(stocks, made{NewStock(source, bits, size), size})
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(stocks).Draw(t, "stock")
		s := Stream{max(8, 15*rapid.IntRange(0, 1).Draw(t, "window")), rapid.Bool().Draw(t, "no takeover")}
		if k.stock.window > s.Window() {
			s.WindowBits = 15
		}
		c, z := NewCompressor(s), NewInflater(s, 1<<20)
		for range rapid.IntRange(1, 4).Draw(t, "messages") {
			from := rapid.IntRange(0, len(source)-1).Draw(t, "from")
			n := rapid.SampledFrom([]int{0, 1, k.size - 1, k.size, k.size + 1, 19_999, 50_000}).Draw(t, "octets")
			if rapid.Bool().Draw(t, "at a piece") {
				from = from / k.size * k.size
			}
			want := round[from:][:min(n, 50_000)]
			payload := k.stock.Message([]byte("kept"), c, from, len(want))
			if !bytes.HasPrefix(payload, []byte("kept")) {
				t.Fatal("not appended")
			}
			out, report, err := z.Message(nil, payload[4:])
			if err != nil || !bytes.Equal(out, want) || report.Ending != EndStripped ||
				report.Window.Count+report.Context.Count != 0 {
				t.Fatalf("from %d: %d octets of %d, %v, %+v", from, len(out), len(want), err, report)
			}
			if rapid.Bool().Draw(t, "another way") {
				// The compressor does not mistake what the stock sent for its own.
				out, _, err := z.Message(nil, c.Message(nil, want))
				if err != nil || !bytes.Equal(out, want) {
					t.Fatalf("then %d octets of %d, %v", len(out), len(want), err)
				}
			}
		}
	})
}

func TestStockPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"deflate: stock of 0 octets in pieces of 5": func() { NewStock(nil, 8, 5) },
		"deflate: stock of 1 octets in pieces of 0": func() { NewStock([]byte("a"), 8, 0) },
		"deflate: stock for windows of 512 octets, compressor for 256": func() {
			NewStock([]byte("a"), 9, 1).Message(nil, NewCompressor(Stream{WindowBits: 8}), 0, 1)
		},
	} {
		if got := recovered(f); got != name {
			t.Errorf("got %q, want %q", got, name)
		}
	}
}
