package deflate

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// Every length and every distance comes out as it was asked for, with the fixed code and as
// compress/flate reads it.
func TestEmitterMatches(t *testing.T) {
	prefix := sample("noise", maxDistance)
	e := new(Emitter).Stored(false, prefix).Fixed(false)
	message := bytes.Clone(prefix)
	add := func(length, distance int) {
		e.Match(length, distance)
		for range length {
			message = append(message, message[len(message)-distance])
		}
	}
	for length := minMatch; length <= maxMatch; length++ {
		add(length, length)
		add(length, 1+length%3)
	}
	for distance := 1; distance < maxDistance; distance += 1 + distance/20 {
		add(minMatch, distance)
	}
	for _, c := range distances {
		add(minMatch, int(c.base))
		add(minMatch, int(c.base)+1<<c.extra-1)
	}
	payload := e.EndBlock().Message()

	out, report := inflateTrying(t, Stream{}, nil, payload)
	if !bytes.Equal(out, message) || report.MaxDistance != maxDistance || report.Window != (Reach{}) {
		t.Errorf("%d octets, %+v", len(out), report)
	}
	out, err := inflateGo(e.Stored(true, nil).Bytes(), 1<<20)
	if err != nil || !bytes.Equal(out, message) {
		t.Errorf("compress/flate: %d octets, %v", len(out), err)
	}
}

func TestEmitterStored(t *testing.T) {
	for _, n := range []int{0, 1, maxStored - 1, maxStored, maxStored + 1, 2*maxStored + 1} {
		message := sample("noise", n)
		out, report := inflateTrying(t, Stream{}, nil, new(Emitter).Stored(true, message).Message())
		if want := int64(max(1, (n+maxStored-1)/maxStored)); !bytes.Equal(out, message) ||
			report.Blocks.Stored != want || report.Finals != 1 || report.Trailing != 1 {
			t.Errorf("%d octets: %+v", n, report)
		}
	}
}

func TestEmitterBits(t *testing.T) {
	e := new(Emitter).Bits(0xfff5, 3).Bits(0xa, 7)
	if !bytes.Equal(e.Bytes(), []byte{0x55, 0x00}) {
		t.Errorf("%x", e.Bytes())
	}
	if e.Align().Raw(1, 2); !bytes.Equal(e.Bytes(), []byte{0x55, 0x00, 1, 2}) {
		t.Errorf("%x", e.Bytes())
	}
	if e.Bits(1<<47|1, 48); !bytes.Equal(e.Bytes()[4:], []byte{1, 0, 0, 0, 0, 0x80}) {
		t.Errorf("%x", e.Bytes())
	}
}

// A message does not end the emitter, and what it returns stays as it is.
func TestEmitterMessage(t *testing.T) {
	e := new(Emitter).Fixed(false).Literals("ab").EndBlock()
	first := e.Message()
	second := e.Fixed(false).Match(3, 2).EndBlock().Message()
	for payload, want := range map[string]string{
		string(first):  "ab",
		string(second): "ababa",
	} {
		if out, report := inflateTrying(t, Stream{}, nil, []byte(payload)); string(out) != want || !report.Ending.Conforming() {
			t.Errorf("%q, %+v, want %q", out, report, want)
		}
	}
}

// Any cut of a stream is an unfinished message or a whole one, never a fault,
// wherever in an octet the cut codes start.
func TestCuts(t *testing.T) {
	lit := longestCodes(numLitLen, []int{'a', endOfBlock, 257, 285})
	// Codes of nine bits are the first that need a second table.
	dist := []uint8{9, 9, 9, 9, 1, 2, 3, 4, 5, 6, 7}
	for shift := range 8 {
		e := new(Emitter).Fixed(false).Literals("abc").Match(258, 3).EndBlock().
			Dynamic(false, NewDynamicHeader(lit, dist))
		for range shift {
			e.Literals("a")
		}
		payload := e.Literals("aaa").Match(258, 2).EndBlock().Stored(false, []byte("stored")).Message()
		whole, report := inflateTrying(t, Stream{}, nil, payload)
		if report.Ending != EndStripped {
			t.Fatalf("%+v", report)
		}
		for n := range payload {
			out, report := inflateTrying(t, Stream{}, nil, payload[:n])
			if !bytes.HasPrefix(whole, out) {
				t.Fatalf("cut to %d octets: %q", n, out)
			}
			var want Error
			switch report.Ending {
			case EndNothing, EndBoundary:
			case EndStripped:
				// The header of a stored block is what a whole message ends with.
				if n != len(payload)-11 {
					t.Errorf("cut to %d octets of %d: whole", n, len(payload))
				}
			case EndWithin:
				want = Error{FaultUnfinished, int64(n) * 8}
			default:
				t.Errorf("cut to %d octets: %v", n, report.Ending)
			}
			if report.Err != want {
				t.Errorf("cut to %d octets: %v", n, report.Err)
			}
		}
	}
}

// The raw header says what the lengths say.
func TestDynamicHeader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lit := drawComplete(t, numLitLen, maxCodeBits)
		if lit[endOfBlock] == 0 {
			return
		}
		var message []byte
		e := new(Emitter).Dynamic(false, NewDynamicHeader(lit, []uint8{0}))
		for _, b := range rapid.SliceOf(rapid.Byte()).Draw(t, "octets") {
			if lit[b] > 0 {
				message = append(message, b)
				e.Symbol(int(b))
			}
		}
		out, report, err := NewInflater(Stream{}, 1<<20).Message(nil, e.EndBlock().Message())
		if err != nil || !bytes.Equal(out, message) || report.Ending != EndStripped {
			t.Fatalf("%x, want %x: %+v", out, message, report)
		}
	})
}

func TestEmitterPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"deflate: match of length 2, distance 1":                      func() { new(Emitter).Fixed(false).Match(2, 1) },
		"deflate: match of length 3, distance 32769":                  func() { new(Emitter).Fixed(false).Match(3, 32769) },
		"deflate: literal/length symbol 97 has no code in this block": func() { new(Emitter).Literals("a") },
		"deflate: distance symbol 32 has no code in this block":       func() { new(Emitter).Fixed(false).DistSymbol(32) },
		"deflate: 49 bits at once":                                    func() { new(Emitter).Bits(0, 49) },
		"deflate: 256 literal/length and 1 distance codes":            func() { NewDynamicHeader(make([]uint8, 256), []uint8{0}) },
		"deflate: 257 literal/length and 0 distance codes":            func() { NewDynamicHeader(make([]uint8, 257), nil) },
		"deflate: code of 16 bits":                                    func() { NewDynamicHeader(make([]uint8, 257), []uint8{16}) },
		"deflate: code length symbol 1 has no code in this block":     func() { new(Emitter).Dynamic(false, DynamicHeader{Lens: []LenSymbol{{1, 0}}}) },
		"deflate: code of 8 bits for code length symbol 0":            func() { new(Emitter).Dynamic(false, DynamicHeader{PreLens: [19]uint8{8}}) },
	} {
		if got := recovered(f); got != name {
			t.Errorf("got %q, want %q", got, name)
		}
	}
}
