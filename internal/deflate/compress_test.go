package deflate

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// forStreams calls f for every window and both kinds of context.
func forStreams(f func(s Stream)) {
	for bits := MinWindowBits; bits <= MaxWindowBits; bits++ {
		f(Stream{bits, false})
		f(Stream{bits, true})
	}
}

func TestCompress(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			forStreams(func(s Stream) {
				data := sample(kind, s.Window()+8000)
				c, z := NewCompressor(s), NewInflater(s, len(data))
				for _, n := range []int{0, 1, 2, 3, 4, 5, 64, 1000, len(data), 1000, 7, 0, 7} {
					out, report, err := z.Message(nil, c.Message(nil, data[:n]))
					if err != nil || !bytes.Equal(out, data[:n]) {
						t.Fatalf("%v, %d octets: %v", s, n, err)
					}
					if report.Ending != EndStripped || report.Window.Count != 0 || report.Context.Count != 0 {
						t.Fatalf("%v, %d octets: %+v", s, n, report)
					}
				}
			})
		})
	}
}

// Where the longest distance possible is of use it is used, so that a receiver's
// window is put to the test.
func TestCompressUsesWindow(t *testing.T) {
	forStreams(func(s Stream) {
		window := s.Window()
		pattern := sample("noise", window)
		message := append(slices.Clone(pattern), pattern...)
		payload := NewCompressor(s).Message(nil, message)
		out, report, err := NewInflater(s, len(message)).Message(nil, payload)
		if err != nil || !bytes.Equal(out, message) || report.MaxDistance != window {
			t.Errorf("%v: distance %d, %v", s, report.MaxDistance, err)
		}
	})
}

// Context is taken over where that was agreed on.
func TestCompressContext(t *testing.T) {
	message := sample("noise", 200)
	forStreams(func(s Stream) {
		c := NewCompressor(s)
		first, second := c.Message(nil, message), c.Message(nil, message)
		if alike := bytes.Equal(first, second); alike != s.NoContextTakeover {
			t.Errorf("%v: alike is %t", s, alike)
		}
		if !s.NoContextTakeover && len(second) > 20 {
			t.Errorf("%v: %d octets for what is in the window", s, len(second))
		}
	})
}

// The ratio is as good as that of compress/flate at its best speed, which knows one window only.
func TestCompressRatio(t *testing.T) {
	for _, kind := range kinds {
		message := sample(kind, 50_000)
		got := len(NewCompressor(Stream{}).Message(nil, message))
		want := len(deflateGo(t, message, flate.BestSpeed))
		if got > want+want/50+16 {
			t.Errorf("%s: %d octets, compress/flate %d", kind, got, want)
		}
	}
}

// What cannot be compressed grows by the headers of stored blocks alone.
func TestCompressNoise(t *testing.T) {
	message := sample("noise", 70_000)
	if n := len(NewCompressor(Stream{}).Message(nil, message)); n > len(message)+5*(len(message)/maxTokens+1)+1 {
		t.Errorf("%d octets", n)
	}
}

// The octets are the same on every machine and with every version of Go: scripts
// and reports that hold them stay as they are.
func TestCompressDeterministic(t *testing.T) {
	const want = "b29985a4"
	sum := sha256.New()
	reused := NewCompressor(Stream{})
	for _, kind := range kinds {
		forStreams(func(s Stream) {
			reused.Reset(s)
			fresh := NewCompressor(s)
			for _, n := range []int{20_000, 0, 300, 300, 5} {
				message := sample(kind, n)
				a, b := fresh.Message(nil, message), reused.Message(nil, message)
				if !bytes.Equal(a, b) {
					t.Fatalf("%s, %v, %d octets: a used compressor differs from a new one", kind, s, n)
				}
				sum.Write(a)
			}
		})
	}
	if got := fmt.Sprintf("%x", sum.Sum(nil)[:4]); got != want {
		t.Errorf("sum %s, want %s: the compressor's output has changed", got, want)
	}
}

// Each part makes known what was written, and no part but the first starts anew.
func TestCompressParts(t *testing.T) {
	forStreams(func(s Stream) {
		message := bytes.Repeat(sample("noise", 100), 90)
		c, z := NewCompressor(s), NewInflater(s, len(message))
		for range 2 {
			var out, payload []byte
			for at := 0; at < 8000; at += 1000 {
				piece := c.Part(nil, message[at:at+1000])
				out, _ = z.Append(out, piece)
				payload = append(payload, piece...)
				if !bytes.Equal(out, message[:at+1000]) {
					t.Fatalf("%v: %d octets known of %d", s, len(out), at+1000)
				}
			}
			last := c.Message(nil, message[8000:])
			out, _ = z.Append(out, last)
			report, err := z.End()
			if err != nil || !bytes.Equal(out, message) || report.Ending != EndStripped ||
				report.Blocks.Empty != 8 || report.Window.Count+report.Context.Count != 0 {
				t.Fatalf("%v: %v, %+v", s, err, report)
			}
			if size := len(payload) + len(last); size > len(message)/10 {
				t.Errorf("%v: parts take %d octets of %d", s, size, len(message))
			}
		}
	})
}

// Positions start anew without a trace.
func TestCompressPositions(t *testing.T) {
	forStreams(func(s Stream) {
		c, z := NewCompressor(s), NewInflater(s, 1<<20)
		message := sample("text", 3000)
		for i := range 6 {
			if i == 2 {
				c.finder.base = maxPosition + 1
			}
			out, report, err := z.Message(nil, c.Message(nil, message[i*100:]))
			if err != nil || !bytes.Equal(out, message[i*100:]) || report.Window.Count+report.Context.Count != 0 {
				t.Fatalf("%v, message %d: %v, %+v", s, i, err, report)
			}
		}
		if c.finder.base > maxPosition/2 {
			t.Errorf("%v: at position %d still", s, c.finder.base)
		}
	})
}

// What a message is made of, in any order, comes out again.
func TestCompressProperty(t *testing.T) {
	noise := sample("noise", 600)
	rapid.Check(t, func(t *rapid.T) {
		s := Stream{
			rapid.IntRange(MinWindowBits, MaxWindowBits).Draw(t, "bits"),
			rapid.Bool().Draw(t, "no context takeover"),
		}
		c, z := NewCompressor(s), NewInflater(s, 1<<20)
		for range rapid.IntRange(1, 4).Draw(t, "messages") {
			var message []byte
			for range rapid.IntRange(0, 12).Draw(t, "pieces") {
				from := rapid.IntRange(0, 500).Draw(t, "from")
				n := rapid.IntRange(1, 100).Draw(t, "octets")
				for range rapid.IntRange(1, 20).Draw(t, "times") {
					message = append(message, noise[from:from+n]...)
				}
			}
			out, report, err := z.Message(nil, c.Message(nil, message))
			if err != nil || !bytes.Equal(out, message) || report.Ending != EndStripped ||
				report.Window.Count+report.Context.Count != 0 {
				t.Fatalf("%d octets of %d, %v, %+v", len(out), len(message), err, report)
			}
		}
	})
}

func TestCompressorPanics(t *testing.T) {
	if got := recovered(func() { NewCompressor(Stream{WindowBits: 16}) }); got != "deflate: window of 16 bits" {
		t.Errorf("got %q", got)
	}
}
