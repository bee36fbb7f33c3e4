package wsproto_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/wscheck/wscheck/wsproto"
)

func TestCollector(t *testing.T) {
	stream := testStream()
	want := []string{
		`0-5 TEXT "Hel" [3 octets, continued]`,
		`5-15 PING "ping" [4 octets, masked]`,
		`15-21 CONT [0 octets, masked]`,
		`21-44 RSVF "123456789" [9 octets, masked, continued, rsv=7, 64-bit length]`,
		`44-48 CONT [0 octets, 16-bit length]`,
	}
	for _, chop := range []int{1, 2, 7, len(stream)} {
		var c wsproto.Collector
		var got []string
		for piece := range slices.Chunk(stream, chop) {
			for _, f := range c.Feed(piece) {
				got = append(got, fmt.Sprintf("%d-%d %v", f.Offset, f.End, f))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("in chops of %d:\n got %q\nwant %q", chop, got, want)
		}
	}
}

func TestCollectorElides(t *testing.T) {
	payload := octets(1000)
	wire := masked(wsproto.NewFrame(wsproto.OpBinary, true, payload)).AppendTo(nil)
	for _, test := range []struct{ limit, kept int }{
		{0, 1000}, {-1, 0}, {1, 1}, {999, 999}, {1000, 1000}, {5000, 1000},
	} {
		for _, chop := range []int{1, 300, len(wire)} {
			c := wsproto.Collector{MaxPayload: test.limit}
			var frames []wsproto.Collected
			for piece := range slices.Chunk(wire, chop) {
				frames = append(frames, c.Feed(piece)...)
			}
			if len(frames) != 1 {
				t.Fatalf("limit %d, chops of %d: %d frames", test.limit, chop, len(frames))
			}
			f := frames[0]
			if !bytes.Equal(f.Payload, payload[:test.kept]) || f.Elided != uint64(1000-test.kept) {
				t.Errorf("limit %d, chops of %d: %d octets kept, %d elided", test.limit, chop, len(f.Payload), f.Elided)
			}
			if got, want := f.String(), masked(wsproto.NewFrame(wsproto.OpBinary, true, payload)).String(); test.kept > 24 && got != want {
				t.Errorf("limit %d: got %s, want %s", test.limit, got, want)
			}
		}
	}
}

// What is returned stays, whatever becomes of the octets that were fed.
func TestCollectorOwnsItsPayloads(t *testing.T) {
	for _, f := range []wsproto.Frame{
		wsproto.NewFrame(wsproto.OpText, true, []byte("first")),
		masked(wsproto.NewFrame(wsproto.OpText, true, []byte("first"))),
	} {
		var c wsproto.Collector
		wire := f.AppendTo(nil)
		got := c.Feed(wire)
		clear(wire)
		c.Feed(masked(wsproto.NewFrame(wsproto.OpText, true, []byte("other"))).AppendTo(nil))
		if len(got) != 1 || string(got[0].Payload) != "first" {
			t.Errorf("got %v", got)
		}
	}
}

func TestParseFrames(t *testing.T) {
	if frames, rest := wsproto.ParseFrames(nil); frames != nil || len(rest) != 0 {
		t.Errorf("of nothing: %v, %x", frames, rest)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.OneOf(rapid.ByteMax(3), rapid.Byte()), 0, 60).Draw(t, "octets")
		frames, rest := wsproto.ParseFrames(b)
		var back []byte
		for _, f := range frames {
			back = f.AppendTo(back)
		}
		if back = append(back, rest...); !bytes.Equal(back, b) {
			t.Fatalf("%x is read as %v and %x", b, frames, rest)
		}
		if again, _ := wsproto.ParseFrames(rest); len(again) != 0 {
			t.Fatalf("the rest %x has whole frames: %v", rest, again)
		}
	})
}
