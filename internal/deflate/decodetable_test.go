package deflate

import (
	"testing"

	"pgregory.net/rapid"
)

// drawComplete draws the lengths of a complete code of n symbols at most.
func drawComplete(t *rapid.T, n, limit int) []uint8 {
	// Leaves of a full tree, split until there are enough.
	leaves := []int{1, 1}
	want := rapid.IntRange(2, min(n, 1<<limit)).Draw(t, "symbols")
	deep := rapid.Bool().Draw(t, "deep")
	for len(leaves) < want {
		i := len(leaves) - 1
		if !deep {
			i = rapid.IntRange(0, i).Draw(t, "split")
		}
		for leaves[i] == limit {
			i = (i + len(leaves) - 1) % len(leaves)
		}
		leaves[i]++
		leaves = append(leaves, leaves[i])
	}
	lens := make([]uint8, n)
	for _, l := range leaves {
		lens[rapid.IntRange(0, n-1).Draw(t, "symbol")] = uint8(l)
	}
	// A symbol drawn twice leaves a length over: those without one take it.
	var left [maxCodeBits + 1]int
	for _, l := range leaves {
		left[l]++
	}
	for _, l := range lens {
		left[l]--
	}
	for l := 1; l <= limit; l++ {
		for i := 0; left[l] > 0; i++ {
			if lens[i] == 0 {
				lens[i] = uint8(l)
				left[l]--
			}
		}
	}
	return lens
}

// Each code of a complete set is decoded to its symbol, whatever bits follow.
func TestDecodeTable(t *testing.T) {
	for _, alphabet := range []struct {
		name       string
		n, limit   int
		root, size int
		entries    []uint32
	}{
		{"literals", numLitLen, maxCodeBits, litRoot, litSize, litEntries[:]},
		{"distances", numDist, maxCodeBits, distRoot, distSize, distEntries[:]},
		{"code lengths", numCodeLen, maxPreBits, preRoot, 1 << preRoot, preEntries[:]},
	} {
		t.Run(alphabet.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				lens := drawComplete(t, alphabet.n, alphabet.limit)
				table := make([]uint32, alphabet.size)
				if kind := buildTable(table, alphabet.root, lens, alphabet.entries); kind != codeComplete {
					t.Fatalf("kind %d of %v", kind, lens)
				}
				codes := make([]code, alphabet.n)
				assignCodes(codes, lens)
				after := rapid.Uint64().Draw(t, "after")
				for symbol, c := range codes {
					if c.len() == 0 {
						continue
					}
					bits := c.bits() | after<<c.len()
					e, used := table[bits%(1<<alphabet.root)], uint(0)
					if e&entryLiteral == 0 && e&entryLink != 0 {
						used = uint(alphabet.root)
						bits >>= used
						e = table[linked(e, bits)]
					}
					used += uint(e >> entryCodeShift & entryCodeMask)
					rest := c.len()
					if rest > uint(alphabet.root) {
						rest -= uint(alphabet.root)
					}
					if want := withCode(alphabet.entries[symbol], int(rest)); e != want || used != c.len() {
						t.Fatalf("symbol %d of %d bits: entry %#x, want %#x, %d bits used", symbol, c.len(), e, want, used)
					}
				}
			})
		})
	}
}

// What kind of code lengths make is decided by the sum of Kraft.
func TestClassify(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lens := rapid.SliceOfN(rapid.Uint8Range(0, maxCodeBits), 1, numLitLen).Draw(t, "lens")
		if rapid.Bool().Draw(t, "nearly complete") {
			lens = drawComplete(t, numDist, maxCodeBits)
			i := rapid.IntRange(0, len(lens)-1).Draw(t, "symbol")
			lens[i] = rapid.Uint8Range(0, maxCodeBits).Draw(t, "length")
		}
		sum, used := 0, 0
		for _, l := range lens {
			if l > 0 {
				sum += 1 << (maxCodeBits - l)
				used++
			}
		}
		want := codeUnder
		switch {
		case sum > 1<<maxCodeBits:
			want = codeOver
		case sum == 1<<maxCodeBits:
			want = codeComplete
		case used == 0:
			want = codeEmpty
		case used == 1 && sum == 1<<(maxCodeBits-1):
			want = codeSingle
		}
		if kind := buildTable(make([]uint32, litSize), litRoot, lens, litEntries[:]); kind != want {
			t.Fatalf("kind %d, want %d: %v", kind, want, lens)
		}
	})
}

// Codes of least redundancy are complete, within the limit, and where that does
// not bind, as short as a Huffman tree's.
func TestCodeBuilder(t *testing.T) {
	var b codeBuilder
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]int{maxPreBits, maxCodeBits}).Draw(t, "limit")
		n := numLitLen
		if limit == maxPreBits {
			n = numCodeLen
		}
		freq := make([]uint32, n)
		skew := rapid.IntRange(1, 16).Draw(t, "skew")
		for i := range freq {
			freq[i] = rapid.Uint32Range(0, 1<<rapid.IntRange(0, skew).Draw(t, "bits")).Draw(t, "count")
		}
		lens := make([]uint8, n)
		b.build(lens, freq, limit)

		table := make([]uint32, litSize)
		if kind := buildTable(table, maxPreBits, lens, make([]uint32, n)); kind != codeComplete {
			t.Fatalf("kind %d: %v", kind, lens)
		}
		cost, longest := 0, 0
		for i, l := range lens {
			if freq[i] > 0 && l == 0 || int(l) > limit {
				t.Fatalf("symbol %d, %d times: %d bits", i, freq[i], l)
			}
			cost += int(freq[i]) * int(l)
			longest = max(longest, int(l))
		}
		least := huffmanCost(freq)
		if cost < least || longest < limit && cost != max(least, used(freq)) {
			t.Fatalf("%d bits, a Huffman tree has %d", cost, least)
		}
	})
}

// used returns the cost of a code where only one symbol is used: one bit each.
func used(freq []uint32) (n int) {
	count := 0
	for _, f := range freq {
		if f > 0 {
			count++
			n += int(f)
		}
	}
	if count > 1 {
		return 0
	}
	return n
}

// huffmanCost returns the sum of all inner nodes of a Huffman tree.
func huffmanCost(freq []uint32) (cost int) {
	var weights []int
	for _, f := range freq {
		if f > 0 {
			weights = append(weights, int(f))
		}
	}
	for len(weights) > 1 {
		for i := range 2 {
			least := i
			for j := i; j < len(weights); j++ {
				if weights[j] < weights[least] {
					least = j
				}
			}
			weights[i], weights[least] = weights[least], weights[i]
		}
		weights[1] += weights[0]
		cost += weights[1]
		weights = weights[1:]
	}
	return cost
}
