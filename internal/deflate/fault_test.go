package deflate

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// lens returns n code lengths, these and then zeros.
func lens(n int, set map[int]uint8) []uint8 {
	out := make([]uint8, n)
	for i, l := range set {
		out[i] = l
	}
	return out
}

func TestFaults(t *testing.T) {
	var (
		// Two literal/length codes of one bit: a and the end of the block.
		pair = lens(257, map[int]uint8{'a': 1, endOfBlock: 1})
		// The same, and length 3.
		three = lens(258, map[int]uint8{'a': 1, endOfBlock: 2, firstLength: 2})
		// A header that lists all lengths of the code length code as 4 bits.
		plain = NewDynamicHeader(pair, []uint8{0})
	)
	header := func(change func(h *DynamicHeader)) *Emitter {
		h := plain
		h.Lens = slices.Clone(h.Lens)
		change(&h)
		return new(Emitter).Dynamic(false, h)
	}
	dynamic := func(lit, dist []uint8) *Emitter {
		return new(Emitter).Dynamic(false, NewDynamicHeader(lit, dist))
	}
	const (
		counts = 3                  // bits before HLIT
		codes  = counts + 14 + 3*19 // bits before the code lengths
		pairAt = codes + 4*(257+1)  // bits before the symbols of a block of pair
		threes = codes + 4*(258+1)  // likewise of three, with one distance code
		twos   = codes + 4*(258+2)  // and with two
		seven  = 3 + 7              // bits before the distance of a fixed block
		eights = 8*4 + 3            // bits after four fixed literals
		thirty = codes + 4*(258+30) // bits before the symbols with 30 distance codes
	)
	for _, c := range []struct {
		name  string
		made  *Emitter
		fault Fault
		bit   int64
		out   string
	}{
		{"block type", new(Emitter).Header(false, 3), FaultBlockType, 0, ""},
		{"block type, later", new(Emitter).Fixed(false).Literals("abcd").EndBlock().Header(true, 3), FaultBlockType, eights + 7, "abcd"},
		{"NLEN", new(Emitter).StoredHeader(false, 5, 5), FaultStoredLength, 8, ""},
		{"NLEN of nothing", new(Emitter).StoredHeader(false, 0, 0xfffe), FaultStoredLength, 8, ""},
		{"HLIT 30", header(func(h *DynamicHeader) { h.HLIT = 30 }), FaultLitLenCount, counts, ""},
		{"HDIST 30", header(func(h *DynamicHeader) { h.HDIST = 30 }), FaultDistCount, counts + 5, ""},
		{"code length code, over", header(func(h *DynamicHeader) { h.PreLens[16] = 7 }), FaultCodeLenOver, 0, ""},
		{"code length code, under", header(func(h *DynamicHeader) { h.PreLens[0] = 5 }), FaultCodeLenUnder, 0, ""},
		{"code length code, single", new(Emitter).Header(false, blockDynamic).Bits(0, 14).Bits(1, 12), FaultCodeLenUnder, 0, ""},
		{"code length code, empty", new(Emitter).Header(false, blockDynamic).Bits(0, 26), FaultCodeLenUnder, 0, ""},
		{"first length repeats", new(Emitter).Dynamic(false, DynamicHeader{
			PreLens: [19]uint8{0: 1, 16: 1}, Lens: []LenSymbol{{Symbol: 16}}, HCLEN: 15}), FaultRepeatFirst, codes, ""},
		{"repeat too long", new(Emitter).Dynamic(false, DynamicHeader{
			PreLens: [19]uint8{1: 1, 18: 1}, HCLEN: 15,
			Lens: []LenSymbol{{18, 127}, {18, 106}, {1, 0}, {18, 0}}}), FaultRepeatLong, codes + 8 + 8 + 1, ""},
		{"no end of block", dynamic(lens(257, map[int]uint8{'a': 1, 'b': 1}), []uint8{0}), FaultNoEndOfBlock, 0, ""},
		{"literals, over", dynamic(lens(257, map[int]uint8{'a': 1, 'b': 1, endOfBlock: 1}), []uint8{0}), FaultLitLenOver, 0, ""},
		{"literals, under", dynamic(lens(257, map[int]uint8{'a': 2, 'b': 2, endOfBlock: 2}), []uint8{0}), FaultLitLenUnder, 0, ""},
		{"literals, single of two bits", dynamic(lens(257, map[int]uint8{endOfBlock: 2}), []uint8{0}), FaultLitLenUnder, 0, ""},
		{"distances, over", dynamic(pair, []uint8{1, 1, 1}), FaultDistOver, 0, ""},
		{"distances, under", dynamic(pair, []uint8{1, 2}), FaultDistUnder, 0, ""},
		{"distances, single of two bits", dynamic(pair, []uint8{2}), FaultDistUnder, 0, ""},
		{"symbol 286", new(Emitter).Fixed(false).Literals("abcd").Symbol(286), FaultLitLenSymbol, eights, "abcd"},
		{"symbol 287", new(Emitter).Fixed(false).Symbol(287), FaultLitLenSymbol, 3, ""},
		{"unused literal code", dynamic(lens(257, map[int]uint8{endOfBlock: 1}), []uint8{0}).Bits(1, 1), FaultLitLenSymbol, pairAt, ""},
		{"distance symbol 30", new(Emitter).Fixed(false).Symbol(257).DistSymbol(30), FaultDistSymbol, seven, ""},
		{"distance symbol 31", new(Emitter).Fixed(false).Literals("abcd").Symbol(257).DistSymbol(31), FaultDistSymbol, eights + 7, "abcd"},
		{"distance without a code", dynamic(three, []uint8{0}).Literals("a").Symbol(257).Bits(0, 1), FaultDistSymbol, threes + 1 + 2, "a"},
		{"unused distance code", dynamic(three, []uint8{0, 1}).Literals("a").Symbol(257).Bits(1, 1), FaultDistSymbol, twos + 1 + 2, "a"},
		{"distance, nothing before", new(Emitter).Fixed(false).Match(3, 1), FaultDistance, seven, ""},
		{"distance, one too far", new(Emitter).Fixed(false).Literals("abcd").Match(3, 5), FaultDistance, eights + 7, "abcd"},
		{"distance by a long code",
			dynamic(three, longestCodes(30, []int{29})).Literals("aa").Match(3, 24577), FaultDistance, thirty + 2 + 2, "aa"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, after := range []int{0, 100} {
				// What follows takes the fault through the fast way as well.
				payload := append(c.made.Bytes(), make([]byte, after)...)
				out, report := inflateTrying(t, Stream{}, nil, payload)
				if want := (Error{c.fault, c.bit}); report.Err != want || string(out) != c.out || report.Ending != EndFault {
					t.Errorf("%d octets after: %q, %v, want %v", after, out, report.Err, want)
				}
				if !errors.Is(report.Err, c.fault) || report.Err.Octet() != c.bit/8 {
					t.Errorf("%v", report.Err)
				}
				if _, err := inflateGo(payload, 1<<20); err == nil {
					t.Error("compress/flate finds nothing wrong")
				}
			}
		})
	}
}

// What looks odd and is allowed.
func TestNoFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		made *Emitter
		out  string
	}{
		{"no distance code",
			new(Emitter).Dynamic(false, NewDynamicHeader(lens(257, map[int]uint8{'a': 1, endOfBlock: 1}), []uint8{0})).
				Literals("aa").EndBlock(), "aa"},
		{"a single distance code of one bit",
			new(Emitter).Dynamic(false, NewDynamicHeader(lens(258, map[int]uint8{'a': 1, endOfBlock: 2, 257: 2}), []uint8{1})).
				Literals("a").Match(3, 1).EndBlock(), "aaaa"},
		{"a single literal/length code of one bit",
			new(Emitter).Dynamic(false, NewDynamicHeader(lens(257, map[int]uint8{endOfBlock: 1}), []uint8{0})).EndBlock(), ""},
		{"length 258 by symbol 284",
			new(Emitter).Fixed(false).Literals("a").Symbol(284).Bits(31, 5).DistSymbol(0).EndBlock(),
			string(bytes.Repeat([]byte("a"), 259))},
		{"repeats from one code to the other",
			new(Emitter).Dynamic(false, DynamicHeader{
				PreLens: [19]uint8{1: 2, 2: 2, 16: 2, 18: 2}, HLIT: 1, HDIST: 3, HCLEN: 15,
				Lens: []LenSymbol{{18, 86}, {1, 0}, {18, 127}, {18, 9}, {2, 0}, {16, 2}}}).
				Literals("a").Match(3, 1).EndBlock(), "aaaa"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, report := inflateTrying(t, Stream{}, nil, c.made.Message())
			if string(out) != c.out || report.Ending != EndStripped {
				t.Errorf("%q, %+v", out, report)
			}
			want, err := inflateGo(append(c.made.Flush().Bytes(), 1, 0, 0, 0xff, 0xff), 1<<20)
			if err != nil || string(want) != c.out {
				t.Errorf("compress/flate: %q, %v", want, err)
			}
		})
	}
}
