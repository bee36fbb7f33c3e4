package deflate

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// inflateTrying inflates the payload whole, in single octets, and with the
// octets of its tail one by one, which takes it through both ways to read
// symbols; and holds that all give the same.
func inflateTrying(t *testing.T, s Stream, before [][]byte, payload []byte) ([]byte, Report) {
	t.Helper()
	var first []byte
	var want Report
	for i, piece := range []int{len(payload) + 1, 1, 40} {
		z := NewInflater(s, 1<<20)
		for _, b := range before {
			if _, _, err := z.Message(nil, b); err != nil {
				t.Fatal(err)
			}
		}
		out, report, err := inChops(z, payload, piece)
		if (err == nil) != (report.Err == Error{}) || err != nil && err != report.Err {
			t.Errorf("error %v, in the report %v", err, report.Err)
		}
		if i == 0 {
			first, want = out, report
			continue
		}
		if !bytes.Equal(out, first) || report != want {
			t.Errorf("in pieces of %d:\n%+v\nwhole:\n%+v", piece, report, want)
		}
	}
	return first, want
}

// blockCodes begin a block in which a and the lengths and distances named can be
// written.
var blockCodes = []struct {
	name  string
	begin func(e *Emitter, lengthSymbols, distSymbols []int) *Emitter
}{
	{"fixed", func(e *Emitter, _, _ []int) *Emitter { return e.Fixed(false) }},
	{"dynamic", func(e *Emitter, _, _ []int) *Emitter {
		lit, dist := make([]uint8, numLitLen), make([]uint8, numDist)
		for i := range lit {
			lit[i] = 9
		}
		for i := range 226 {
			lit[i] = 8
		}
		for i := range dist {
			dist[i] = 5
		}
		dist[0], dist[1] = 4, 4
		return e.Dynamic(false, NewDynamicHeader(lit, dist))
	}},
	{"longest codes", func(e *Emitter, lengths, distances []int) *Emitter {
		lit := longestCodes(numLitLen, append(lengths, 'a', endOfBlock))
		dist := longestCodes(numDist, distances)
		return e.Dynamic(false, NewDynamicHeader(lit, dist))
	}},
}

// longestCodes returns lengths of a complete code of n symbols that gives 15 bits
// to these, four at most.
func longestCodes(n int, symbols []int) []uint8 {
	lens := make([]uint8, n)
	long := 0
	for _, symbol := range symbols {
		if lens[symbol] == 0 {
			lens[symbol] = maxCodeBits
			long++
		}
	}
	next := uint8(1)
	for symbol := 0; long < 4 || next < 14; symbol++ {
		switch {
		case lens[symbol] != 0:
		case next < 14:
			lens[symbol] = next
			next++
		default:
			lens[symbol] = maxCodeBits
			long++
		}
	}
	return lens
}

// The distance that a window allows is fine, and the next longer one is seen,
// for all windows and codes.
func TestWindowBoundary(t *testing.T) {
	for _, codes := range blockCodes {
		t.Run(codes.name, func(t *testing.T) {
			for bits := MinWindowBits; bits <= MaxWindowBits; bits++ {
				window := 1 << bits
				prefix := sample("noise", window+100)
				for _, excess := range []int{-1, 0, 1, 2, 100} {
					for _, length := range []int{3, 258} {
						distance := window + excess
						if distance > maxDistance {
							continue
						}
						symbol := int(lengthSymbols[length-minMatch])
						e := new(Emitter).Stored(false, prefix)
						codes.begin(e, []int{firstLength, firstLength + symbol}, []int{distSymbol(distance), distSymbol(window)})
						e.Literals("a").Symbol(firstLength+symbol).
							Bits(uint64(length)-uint64(lengths[symbol].base), int(lengths[symbol].extra))
						at := int64(len(e.w.out)*8 + int(e.w.held))
						symbol = distSymbol(distance)
						e.DistSymbol(symbol).Bits(uint64(distance)-uint64(distances[symbol].base), int(distances[symbol].extra))
						payload := e.Match(3, window).EndBlock().Stored(false, prefix[:60]).Message()

						out, report := inflateTrying(t, Stream{WindowBits: bits}, nil, payload)
						message := append(append([]byte(nil), prefix...), 'a')
						for range length {
							message = append(message, message[len(message)-distance])
						}
						for range 3 {
							message = append(message, message[len(message)-window])
						}
						message = append(message, prefix[:60]...)
						want := Report{
							In: int64(len(payload)), Out: int64(len(message)),
							Blocks:      Blocks{Stored: 2, Fixed: 1},
							MaxDistance: max(distance, window),
							Ending:      EndStripped,
						}
						if codes.name != "fixed" {
							want.Blocks = Blocks{Stored: 2, Dynamic: 1}
						}
						if excess > 0 {
							want.Window = Reach{Count: 1, Max: excess, Bit: at}
						}
						if report != want || !bytes.Equal(out, message) {
							t.Errorf("%d bits, distance %d, length %d:\ngot  %+v\nwant %+v", bits, distance, length, report, want)
						}
					}
				}
			}
		})
	}
}

func TestContextBoundary(t *testing.T) {
	before := [][]byte{new(Emitter).Stored(false, []byte("0123456789")).Message()}
	for _, c := range []struct {
		name    string
		stream  Stream
		payload *Emitter
		out     string
		context Reach
	}{
		{"to the start", Stream{NoContextTakeover: true},
			new(Emitter).Fixed(false).Literals("ab").Match(4, 2).EndBlock(), "ababab", Reach{}},
		{"one octet too far", Stream{NoContextTakeover: true},
			new(Emitter).Fixed(false).Literals("ab").Match(4, 3).EndBlock(), "ab9ab9", Reach{1, 1, 3 + 16 + 7}},
		{"twice", Stream{NoContextTakeover: true},
			new(Emitter).Fixed(false).Literals("a").Match(3, 2).Match(3, 14).EndBlock(), "a9a9012", Reach{2, 10, 3 + 8 + 7}},
		{"as agreed", Stream{},
			new(Emitter).Fixed(false).Literals("ab").Match(4, 3).EndBlock(), "ab9ab9", Reach{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, report := inflateTrying(t, c.stream, before, c.payload.Message())
			if string(out) != c.out || report.Context != c.context || report.Start != (Reach{}) || report.Window != (Reach{}) {
				t.Errorf("%q, %+v", out, report)
			}
		})
	}
}

// The report knows a dropped context from one that is too long ago, up to the last octet
// of the history.
func TestContextFarBack(t *testing.T) {
	long := sample("noise", 5*maxDistance)
	for n := maxMatch; n < len(long); n += n/3 + 1 {
		z := NewInflater(Stream{NoContextTakeover: true}, 1<<20)
		if _, _, err := z.Message(nil, new(Emitter).Stored(false, long[:n]).Message()); err != nil {
			t.Fatal(err)
		}
		distance := min(n, maxDistance)
		out, report, err := z.Message(nil, new(Emitter).Fixed(false).Match(maxMatch, distance).EndBlock().Message())
		if err != nil || !bytes.Equal(out, long[n-distance:][:maxMatch]) {
			t.Errorf("%d octets before: %v", n, err)
		}
		if want := (Reach{1, distance, 3 + 8}); report.Context != want {
			t.Errorf("%d octets before: got %+v, want %+v", n, report.Context, want)
		}
	}
}

func TestReport(t *testing.T) {
	text := []byte("hello")
	for _, c := range []struct {
		name    string
		payload []byte
		out     string
		want    Report // without In and Out
	}{
		{"no octet", nil, "", Report{Ending: EndNothing}},
		{"RFC 7692 7.2.3.1", []byte{0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}, "Hello",
			Report{Blocks: Blocks{Fixed: 1}, Ending: EndStripped}},
		{"RFC 7692 7.2.3.3, stored", []byte{0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00}, "Hello",
			Report{Blocks: Blocks{Stored: 1}, Ending: EndStripped}},
		{"RFC 7692 7.2.3.4, final", []byte{0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00}, "Hello",
			Report{Blocks: Blocks{Fixed: 1}, Finals: 1, Final: Final{0, 7, 5}, Trailing: 1, Ending: EndStripped}},
		{"RFC 7692 7.2.3.5, two blocks", []byte{0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00}, "Hello",
			Report{Blocks: Blocks{Fixed: 2, Stored: 1, Empty: 1}, Ending: EndStripped}},
		{"final, no flush", new(Emitter).Fixed(true).Literals("hello").EndBlock().Bytes(), "hello",
			Report{Blocks: Blocks{Fixed: 1}, Finals: 1, Final: Final{0, 7, 5}, Ending: EndFinal}},
		{"final stored, no flush", new(Emitter).Stored(true, text).Bytes(), "hello",
			Report{Blocks: Blocks{Stored: 1}, Finals: 1, Final: Final{0, 10, 5}, Ending: EndFinal}},
		{"final in the middle", new(Emitter).Stored(false, text).Fixed(true).EndBlock().Align().Stored(false, text).Message(), "hellohello",
			Report{Blocks: Blocks{Stored: 2, Fixed: 1}, Finals: 1, Final: Final{80, 12, 5}, Trailing: 11, Ending: EndStripped}},
		{"two final", new(Emitter).Stored(true, text).Stored(true, text).Message(), "hellohello",
			Report{Blocks: Blocks{Stored: 2}, Finals: 2, Final: Final{0, 10, 5}, Trailing: 11, Ending: EndStripped}},
		{"final, begun", new(Emitter).Stored(true, text).Bytes()[:8], "hel",
			Report{Blocks: Blocks{Stored: 1}, Finals: 1, Ending: EndWithin, Err: Error{FaultUnfinished, 64}}},
		{"final, stripped", new(Emitter).Fixed(false).Literals("hello").EndBlock().Header(true, blockStored).Bytes(), "hello",
			Report{Blocks: Blocks{Fixed: 1}, Finals: 1, Final: Final{50, 7, 5}, Ending: EndStripped}},
		{"padding of ones", new(Emitter).Fixed(true).EndBlock().Bits(0x3f, 6).Raw(0).Bytes(), "",
			Report{Blocks: Blocks{Fixed: 1}, Finals: 1, Final: Final{0, 2, 0}, Trailing: 1, Padding: true, Ending: EndStripped}},
		{"padding before LEN", new(Emitter).Bits(0xf8, 8).Bytes(), "", Report{Ending: EndStripped}},
		{"past a final block", new(Emitter).Stored(true, text).Fixed(false).Literals("a").Match(3, 1).Match(3, 5).EndBlock().Message(), "helloaaaaoaa",
			Report{Blocks: Blocks{Stored: 1, Fixed: 1}, MaxDistance: 5, Finals: 1, Final: Final{0, 10, 5}, Trailing: 6,
				PastFinal: Reach{1, 1, 80 + 3 + 8 + 7 + 5 + 7}, Ending: EndStripped}},
		{"not stripped", new(Emitter).Stored(false, text).Flush().Bytes(), "hello",
			Report{Blocks: Blocks{Stored: 2, Empty: 1}, Ending: EndKept}},
		{"not flushed, stored", new(Emitter).Stored(false, text).Bytes(), "hello",
			Report{Blocks: Blocks{Stored: 1}, Ending: EndBoundary}},
		// 3 + 5*8 + 7 bits leave six bits of an octet: room for a header.
		{"not flushed, block header", new(Emitter).Fixed(false).Literals("hello").EndBlock().Header(false, blockFixed).Bytes(), "hello",
			Report{Blocks: Blocks{Fixed: 2}, Ending: EndWithin, Err: Error{FaultUnfinished, 56}}},
		// 3 + 4*8 + 4*9 + 7 bits leave two bits of an octet: no room for a header.
		{"not flushed, two bits left", new(Emitter).Fixed(false).Literals("hell\xff\xff\xff\xff").EndBlock().Bytes(), "hell\xff\xff\xff\xff",
			Report{Blocks: Blocks{Fixed: 1}, Ending: EndBoundary}},
		{"cut in a stored block", new(Emitter).Stored(false, text).Bytes()[:9], "hell",
			Report{Blocks: Blocks{Stored: 1}, Ending: EndWithin, Err: Error{FaultUnfinished, 72}}},
		// The octets that RFC 7692 7.2.2 appends would fill the block up.
		{"cut four octets before the end", new(Emitter).Stored(false, text).Bytes()[:6], "h",
			Report{Blocks: Blocks{Stored: 1}, Ending: EndWithin, Err: Error{FaultUnfinished, 48}}},
		{"cut in LEN", new(Emitter).Stored(false, text).Bytes()[:2], "",
			Report{Ending: EndWithin, Err: Error{FaultUnfinished, 16}}},
		{"cut in symbols", new(Emitter).Fixed(false).Literals("hello").Bytes(), "hello",
			Report{Blocks: Blocks{Fixed: 1}, Ending: EndWithin, Err: Error{FaultUnfinished, 48}}},
		{"cut in a dynamic header", new(Emitter).Header(false, blockDynamic).Bits(0, 14).Bytes(), "",
			Report{Blocks: Blocks{Dynamic: 1}, Ending: EndWithin, Err: Error{FaultUnfinished, 24}}},
		{"distance before the start", new(Emitter).Fixed(false).Literals("a").Match(3, 300).Bytes(), "a",
			Report{Blocks: Blocks{Fixed: 1}, MaxDistance: 300, Window: Reach{1, 44, 18}, Start: Reach{1, 299, 18},
				Ending: EndFault, Err: Error{FaultDistance, 18}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, got := inflateTrying(t, Stream{WindowBits: 8}, nil, c.payload)
			c.want.In, c.want.Out = int64(len(c.payload)), int64(len(c.out))
			if string(out) != c.out || got != c.want {
				t.Errorf("%q\ngot  %+v\nwant %+v", out, got, c.want)
			}
		})
	}
}

// A back-reference past a final block is seen in the next message as well.
func TestPastFinalAcrossMessages(t *testing.T) {
	before := [][]byte{new(Emitter).Stored(true, []byte("hello")).Message()}
	out, report := inflateTrying(t, Stream{}, before, new(Emitter).Fixed(false).Match(5, 5).EndBlock().Message())
	if want := (Reach{1, 5, 10}); string(out) != "hello" || report.PastFinal != want || report.Finals != 0 {
		t.Errorf("%q, %+v, want %+v", out, report, want)
	}
}

// What a prefix makes known is in the report before the message ends.
func TestReportSoFar(t *testing.T) {
	z := NewInflater(Stream{WindowBits: 8}, 1000)
	payload := new(Emitter).Stored(false, sample("noise", 300)).Fixed(false).Match(3, 257).EndBlock().Message()
	if _, err := z.Append(nil, payload[:len(payload)-1]); err != nil {
		t.Fatal(err)
	}
	r := z.Report()
	if r.Window.Count != 1 || r.Window.Max != 1 || r.Out != 303 || r.Ending != EndNone || r.Blocks.Stored+r.Blocks.Fixed+r.Blocks.Dynamic != 2 {
		t.Errorf("%+v", r)
	}
}

func TestEmptyMessages(t *testing.T) {
	payloads := map[string]bool{}
	for _, e := range EmptyMessages() {
		out, report := inflateTrying(t, Stream{WindowBits: 8}, nil, e.Payload)
		if len(out) != 0 || report.Ending != EndStripped || report.Err != (Error{}) {
			t.Errorf("%s: %q, %+v", e.Name, out, report)
		}
		if final := report.Finals > 0; final != strings.HasPrefix(e.Name, "final") {
			t.Errorf("%s: %+v", e.Name, report)
		}
		if payloads[string(e.Payload)] {
			t.Errorf("%s: %x again", e.Name, e.Payload)
		}
		payloads[string(e.Payload)] = true
	}
	for _, known := range []string{"\x00", "\x02\x00", "\x03\x00\x00", "\x01", "\x01\x00\x00\xff\xff\x00"} {
		if !payloads[known] {
			t.Errorf("%x is missing", known)
		}
	}
}

func TestStreamString(t *testing.T) {
	got := fmt.Sprint(Stream{}, "; ", Stream{9, true})
	if want := "15 bits; 9 bits, no context takeover"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
