package wsproto_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/wscheck/wscheck/wsproto"
)

// frameItems is what a parser gave of one frame, however the octets were chopped.
type frameItems struct {
	header  wsproto.Header
	offset  int64
	payload []byte
	end     int64 // -1: no ItemEnd
}

// parse feeds stream in pieces that end at cuts. Along the way it checks all
// that must hold for any stream and any chops.
func parse(t rapid.TB, stream []byte, cuts ...int) []frameItems {
	t.Helper()
	var p wsproto.Parser
	var frames []frameItems
	before := bytes.Clone(stream)
	from := 0
	for _, cut := range append(cuts, len(stream)) {
		p.Feed(stream[from:cut])
		from = cut
		for {
			it, ok := p.Next()
			if !ok {
				break
			}
			frames = addItem(t, frames, it)
		}
		if again, ok := p.Next(); ok {
			t.Fatalf("an item after the last: %+v", again)
		}
		// All that was fed is either given out or a piece of a header.
		pending := p.Pending()
		if int(p.Offset)+len(pending) != cut || !bytes.Equal(pending, stream[p.Offset:cut]) || len(pending) >= wsproto.MaxHeaderSize {
			t.Fatalf("after %d octets: offset %d, pending %x", cut, p.Offset, pending)
		}
		checkInFrame(t, &p, frames)
	}
	if !bytes.Equal(stream, before) {
		t.Fatal("the stream was changed")
	}
	return frames
}

// addItem checks that the item continues what came before.
func addItem(t rapid.TB, frames []frameItems, it wsproto.Item) []frameItems {
	t.Helper()
	if it.Kind == wsproto.ItemHeader {
		if n := len(frames); n > 0 && frames[n-1].end != it.Offset {
			t.Fatalf("a frame at %d, after one that ends at %d", it.Offset, frames[n-1].end)
		}
		if it.FrameOffset != it.Offset || it.PayloadOffset != 0 || it.Payload != nil {
			t.Fatalf("header item %+v", it)
		}
		return append(frames, frameItems{header: it.Header, offset: it.Offset, end: -1})
	}
	if len(frames) == 0 {
		t.Fatalf("no header before item %+v", it)
	}
	f := &frames[len(frames)-1]
	if f.end >= 0 || it.Header != f.header || it.FrameOffset != f.offset ||
		it.PayloadOffset != uint64(len(f.payload)) ||
		it.Offset != f.offset+int64(f.header.Size()+len(f.payload)) {
		t.Fatalf("item %+v after %+v", it, *f)
	}
	switch it.Kind {
	case wsproto.ItemPayload:
		if len(it.Payload) == 0 {
			t.Fatalf("a payload item of no octets: %+v", it)
		}
		f.payload = append(f.payload, it.Payload...)
	case wsproto.ItemEnd:
		if uint64(len(f.payload)) != f.header.Length || it.Payload != nil {
			t.Fatalf("the end %+v after %d octets", it, len(f.payload))
		}
		f.end = it.Offset
	}
	return frames
}

func checkInFrame(t rapid.TB, p *wsproto.Parser, frames []frameItems) {
	t.Helper()
	h, remaining, in := p.InFrame()
	if len(frames) == 0 || frames[len(frames)-1].end >= 0 {
		if in || remaining != 0 || h != (wsproto.Header{}) {
			t.Fatalf("in a frame between frames: %+v", h)
		}
		return
	}
	if f := frames[len(frames)-1]; !in || h != f.header || remaining != f.header.Length-uint64(len(f.payload)) {
		t.Fatalf("in frame %v, %+v, %d octets remain after %+v", in, h, remaining, f)
	}
}

// sameFrames compares all but the difference between no payload and an empty one.
func sameFrames(a, b []frameItems) bool {
	return slices.EqualFunc(a, b, func(a, b frameItems) bool {
		return a.header == b.header && a.offset == b.offset && a.end == b.end && bytes.Equal(a.payload, b.payload)
	})
}

// testStream has frames of every shape and ends in the middle of a header.
func testStream() []byte {
	var b []byte
	for _, f := range []wsproto.Frame{
		wsproto.NewFrame(wsproto.OpText, false, []byte("Hel")),
		masked(wsproto.NewFrame(wsproto.OpPing, true, []byte("ping"))),
		masked(wsproto.NewFrame(wsproto.OpContinuation, true, nil)),
		{Header: wsproto.Header{Rsv: 7, Opcode: 15, Form: wsproto.Form64, Masked: true, Mask: testKey, Length: 9}, Payload: []byte("123456789")},
		{Header: wsproto.Header{Fin: true, Form: wsproto.Form16}},
	} {
		b = f.AppendTo(b)
	}
	return append(b, 0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3)
}

func TestParserAllChops(t *testing.T) {
	stream := testStream()
	want := parse(t, stream)
	if len(want) != 5 || string(want[1].payload) != "ping" || string(want[3].payload) != "123456789" {
		t.Fatalf("in one piece: %+v", want)
	}
	each := make([]int, len(stream))
	for i := range each {
		each[i] = i
	}
	if got := parse(t, stream, each...); !sameFrames(got, want) {
		t.Errorf("octet by octet: %+v", got)
	}
	for first := range len(stream) {
		for second := first; second <= len(stream); second++ {
			if got := parse(t, stream, first, second); !sameFrames(got, want) {
				t.Fatalf("cut at %d and %d: %+v", first, second, got)
			}
		}
	}
}

// A stream that ends anywhere gives all that it holds.
func TestParserTruncated(t *testing.T) {
	stream := testStream()
	whole := parse(t, stream)
	for n := range stream {
		for i, f := range parse(t, stream[:n]) {
			if want := whole[i]; f.header != want.header || !bytes.HasPrefix(want.payload, f.payload) {
				t.Fatalf("the first %d octets: frame %d is %+v", n, i, f)
			}
		}
	}
}

func TestParserAnyFramesAnyChops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		var sent []wsproto.Frame
		for range rapid.IntRange(0, 4).Draw(t, "frames") {
			h := drawHeader(t)
			h.Length = min(h.Length, rapid.SampledFrom([]uint64{0, 1, 125, 126, 300}).Draw(t, "limit"))
			f := wsproto.Frame{Header: h, Payload: octets(int(h.Length))}
			sent = append(sent, f)
			stream = f.AppendTo(stream)
		}
		complete := len(stream)
		stream = append(stream, rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "tail")...)
		want := parse(t, stream)
		if got := parse(t, stream, drawCuts(t, len(stream))...); !sameFrames(got, want) {
			t.Fatalf("in pieces: %+v\nin one piece: %+v", got, want)
		}
		for i, f := range sent {
			if got := want[i]; got.end < 0 || got.end > int64(complete) || got.header.Opcode != f.Opcode || !bytes.Equal(got.payload, f.Payload) {
				t.Fatalf("frame %d: sent %v, got %+v", i, f, got)
			}
		}
	})
}

// A masked chunk is bounded, whatever is fed at once.
func TestParserBigMaskedFrame(t *testing.T) {
	const size = 200_001
	payload := octets(size)
	wire := masked(wsproto.NewFrame(wsproto.OpBinary, true, payload)).AppendTo(nil)
	var p wsproto.Parser
	p.Feed(wire)
	var got []byte
	for {
		it, ok := p.Next()
		if !ok {
			break
		}
		if len(it.Payload) > 32<<10 {
			t.Errorf("a chunk of %d octets", len(it.Payload))
		}
		got = append(got, it.Payload...)
	}
	if !bytes.Equal(got, payload) {
		t.Error("the payload is not what was sent")
	}
}

// Unmasked payload is given as it lies, however much there is.
func TestParserUnmaskedPayloadIsNotCopied(t *testing.T) {
	wire := wsproto.NewFrame(wsproto.OpBinary, true, octets(100_000)).AppendTo(nil)
	var p wsproto.Parser
	p.Feed(wire)
	p.Next()
	it, ok := p.Next()
	if !ok || len(it.Payload) != 100_000 || &it.Payload[0] != &wire[len(wire)-100_000] {
		t.Errorf("ok %v, %d octets", ok, len(it.Payload))
	}
	if cap(it.Payload) != len(it.Payload) {
		t.Error("appending to the payload would write into what follows it")
	}
}

func TestParserFeedBeforeNextIsDone(t *testing.T) {
	stream := testStream()
	half := bytes.Clone(stream[:20])
	spare := append(half, "spare room"...)
	var p wsproto.Parser
	p.Feed(spare[:20])
	p.Next()
	p.Feed(stream[20:30])
	p.Feed(stream[30:])
	var payload []byte
	for {
		it, ok := p.Next()
		if !ok {
			break
		}
		payload = append(payload, it.Payload...)
	}
	if string(payload) != "Helping123456789" {
		t.Errorf("payloads %q", payload)
	}
	if string(spare[20:]) != "spare room" {
		t.Errorf("wrote %q after what was fed", spare[20:])
	}
}

func TestParserStartOffset(t *testing.T) {
	p := wsproto.Parser{Offset: 1000}
	p.Feed([]byte{0x81, 1, 'x'})
	var offsets []int64
	for {
		it, ok := p.Next()
		if !ok {
			break
		}
		offsets = append(offsets, it.Offset)
	}
	if !slices.Equal(offsets, []int64{1000, 1002, 1003}) || p.Offset != 1003 {
		t.Errorf("offsets %v, then %d", offsets, p.Offset)
	}
}

// The top bit of a declared length is kept, and costs no memory.
func TestParserHugeLength(t *testing.T) {
	for _, isMasked := range []bool{false, true} {
		h := wsproto.Header{Fin: true, Opcode: wsproto.OpBinary, Length: math.MaxUint64, Masked: isMasked, Mask: testKey}
		var p wsproto.Parser
		p.Feed(append(h.AppendTo(nil), "abc"...))
		if it, ok := p.Next(); !ok || it.Header.Length != math.MaxUint64 {
			t.Errorf("header %+v, %v", it, ok)
		}
		if it, ok := p.Next(); !ok || len(it.Payload) != 3 {
			t.Errorf("payload %+v, %v", it, ok)
		}
		if _, remaining, ok := p.InFrame(); !ok || remaining != math.MaxUint64-3 {
			t.Errorf("%d octets remain, %v", remaining, ok)
		}
	}
}

func TestParserDoesNotAllocate(t *testing.T) {
	stream := testStream()
	stream = stream[:len(stream)-13] // up to a frame's end, to feed it again
	for _, chop := range []int{1, 3, len(stream)} {
		var p wsproto.Parser
		run := func() {
			for piece := range slices.Chunk(stream, chop) {
				p.Feed(piece)
				for {
					if _, ok := p.Next(); !ok {
						break
					}
				}
			}
		}
		run()
		if n := testing.AllocsPerRun(20, run); n != 0 {
			t.Errorf("chops of %d: %v allocations a stream", chop, n)
		}
	}
}

func TestItemKindString(t *testing.T) {
	for kind, want := range map[wsproto.ItemKind]string{
		wsproto.ItemHeader: "header", wsproto.ItemPayload: "payload", wsproto.ItemEnd: "end", 9: "unknown",
	} {
		if got := kind.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func BenchmarkParser(b *testing.B) {
	for _, size := range []int{0, 16, 125, 1024, 64 << 10, 1 << 20} {
		for _, isMasked := range []bool{false, true} {
			b.Run(fmt.Sprintf("frame=%d/masked=%v", size, isMasked), func(b *testing.B) {
				f := wsproto.NewFrame(wsproto.OpBinary, true, octets(size))
				if isMasked {
					f = masked(f)
				}
				// As many frames as a read of 64 KiB would bring, at least one.
				var stream []byte
				for wire := f.AppendTo(nil); len(stream) == 0 || len(stream)+len(wire) <= 64<<10; {
					stream = append(stream, wire...)
				}
				b.SetBytes(int64(len(stream)))
				var p wsproto.Parser
				for b.Loop() {
					p.Feed(stream)
					for {
						if _, ok := p.Next(); !ok {
							break
						}
					}
				}
			})
		}
	}
}

// drawCuts draws places to cut n octets at, in ascending order.
func drawCuts(t *rapid.T, n int) []int {
	var cuts []int
	for at := 0; at < n; {
		at += rapid.IntRange(0, n).Draw(t, "step")
		cuts = append(cuts, min(at, n))
		if len(cuts) > 2*n {
			break // steps of 0
		}
	}
	return cuts
}
