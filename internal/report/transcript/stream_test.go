package transcript

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/wsproto"
)

func newTestStream(response bool) *Stream {
	return &Stream{response: response, Opcodes: map[wsproto.Opcode]int{}}
}

// wire is a response, an unmasked, a masked and an empty frame, and one of 300
// octets.
func wire() []byte {
	b := []byte(reporttest.FabricatedResponse)
	b = wsproto.NewFrame(wsproto.OpText, false, []byte("Hello")).AppendTo(b)
	masked := wsproto.NewFrame(wsproto.OpPing, true, []byte("ping"))
	masked.Masked, masked.Mask = true, [4]byte{1, 2, 3, 4}
	b = masked.AppendTo(b)
	b = wsproto.NewFrame(wsproto.OpContinuation, true, nil).AppendTo(b)
	return wsproto.NewFrame(wsproto.OpBinary, true, slices.Repeat([]byte{0xFE}, 300)).AppendTo(b)
}

// complete collects the frames that end in the pieces.
func complete(pieces []Piece) (frames []string) {
	for i := range pieces {
		if pieces[i].Last {
			frames = append(frames, pieces[i].Frame.String())
		}
	}
	return frames
}

func TestStreamFindsTheSameFramesInAllChops(t *testing.T) {
	octets := wire()
	want := complete(newTestStream(true).feed(octets, len(octets)))
	if len(want) != 4 || want[1] != `PING "ping" [4 octets, masked]` {
		t.Fatalf("at once: %q", want)
	}
	for chop := 1; chop <= len(octets); chop++ {
		s := newTestStream(true)
		var got []string
		total := 0
		for part := range slices.Chunk(octets, chop) {
			pieces := s.feed(part, len(part))
			got = append(got, complete(pieces)...)
			for i := range pieces {
				total += pieces[i].Octets
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("chops of %d: got %q, want %q", chop, got, want)
		}
		if total != len(octets) {
			t.Errorf("chops of %d: the pieces have %d octets, want %d", chop, total, len(octets))
		}
		if string(s.Head) != reporttest.FabricatedResponse {
			t.Errorf("chops of %d: the handshake is %q", chop, s.Head)
		}
		if s.phase != PhaseFrames || s.frames != 4 || s.Opcodes[wsproto.OpText] != 1 {
			t.Errorf("chops of %d: phase %d, %d frames, %v", chop, s.phase, s.frames, s.Opcodes)
		}
	}
}

func TestStreamHandshakes(t *testing.T) {
	frame := string(wsproto.NewFrame(wsproto.OpText, true, []byte("x")).AppendTo(nil))
	interim := "HTTP/1.1 100 Continue\r\n\r\n"
	for _, tt := range []struct {
		name, in string
		response bool
		phase    streamPhase
		frames   int
		head     int
	}{
		{"request", reporttest.FabricatedRequest + frame, false, PhaseFrames, 1, len(reporttest.FabricatedRequest)},
		{"interim response", interim + reporttest.FabricatedResponse + frame, true, PhaseFrames, 1, len(interim + reporttest.FabricatedResponse)},
		{"refused", "HTTP/1.1 400 Bad Request\r\n\r\n" + frame, true, phaseBody, 0, 28},
		{"garbage", "SSH-2.0-x\r\n\r\n" + frame, true, phaseBody, 0, 16},
		{"no reason phrase", "HTTP/1.1 101\r\n\r\n" + frame, true, PhaseFrames, 1, 16},
		{"status of four digits", "HTTP/1.1 1010 x\r\n\r\n" + frame, true, phaseBody, 0, 19},
		{"no status", "HTTP/1.1\r\n\r\n" + frame, true, phaseBody, 0, 12},
		{"unfinished", "HTTP/1.1 101 S", true, PhaseHTTP, 0, 14},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for chop := 1; chop <= len(tt.in); chop++ {
				s := newTestStream(tt.response)
				for part := range slices.Chunk([]byte(tt.in), chop) {
					s.feed(part, len(part))
				}
				if s.phase != tt.phase || s.frames != tt.frames {
					t.Errorf("chops of %d: phase %d with %d frames, want %d with %d", chop, s.phase, s.frames, tt.phase, tt.frames)
				}
				if tt.name != "garbage" && len(s.Head) != tt.head {
					t.Errorf("chops of %d: the handshake is %q", chop, s.Head)
				}
			}
		})
	}
}

func TestStreamElided(t *testing.T) {
	big := wsproto.NewFrame(wsproto.OpBinary, true, make([]byte, 5000)).AppendTo(nil)
	small := wsproto.NewFrame(wsproto.OpPong, true, nil).AppendTo(nil)
	feed := func(parts ...[]byte) (*Stream, []string) {
		s := newTestStream(true)
		s.feed([]byte(reporttest.FabricatedResponse), len(reporttest.FabricatedResponse))
		var frames []string
		for _, p := range parts {
			frames = append(frames, complete(s.feed(p[:min(len(p), 256)], len(p)))...)
		}
		return s, frames
	}

	s, frames := feed(big, small)
	if want := fmt.Sprintf("BINARY <%s…> [5000 octets]", strings.Repeat("00", 24)); len(frames) != 2 || frames[0] != want {
		t.Errorf("octets missing within a payload: got %q, want %q and a pong", frames, want)
	}
	if s.phase != PhaseFrames {
		t.Errorf("phase %d", s.phase)
	}

	s, frames = feed(append(slices.Clone(big), small...), small)
	if s.phase != phaseLost || len(frames) != 1 {
		t.Errorf("octets missing where a header is: phase %d, frames %q", s.phase, frames)
	}
}

func TestStreamFloodIsBounded(t *testing.T) {
	s := newTestStream(true)
	s.feed([]byte(reporttest.FabricatedResponse), len(reporttest.FabricatedResponse))
	flood := slices.Repeat([]byte{0x8A, 0}, 10*maxFrames)
	pieces := s.feed(flood, len(flood))
	if s.frames != maxFrames || len(pieces) != maxFrames+1 || s.phase != phaseLost {
		t.Errorf("%d frames in %d pieces, phase %d", s.frames, len(pieces), s.phase)
	}
}

func TestStreamHandshakeIsBounded(t *testing.T) {
	s := newTestStream(true)
	line := []byte("HTTP/1.1 101 x\r\n" + strings.Repeat("a: b\r\n", 1000))
	for range 100 {
		s.feed(line, len(line))
	}
	if len(s.Head) > maxHead || s.phase != phaseLost {
		t.Errorf("%d octets kept, phase %d", len(s.Head), s.phase)
	}
}

func TestStreamHugeDeclaredLength(t *testing.T) {
	s := newTestStream(true)
	s.feed([]byte(reporttest.FabricatedResponse), len(reporttest.FabricatedResponse))
	h := wsproto.Header{Fin: true, Opcode: wsproto.OpText, Length: 1<<64 - 1, Form: wsproto.Form64}
	pieces := s.feed(append(h.AppendTo(nil), "abc"...), 13)
	if len(pieces) != 1 || pieces[0].Last || pieces[0].Frame.size != 3 {
		t.Fatalf("got %+v", pieces)
	}
	if got, want := pieces[0].Frame.String(), `TEXT "abc" [3 octets, declared 18446744073709551615]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if total := pieces[0].Frame.Total(); total <= 0 {
		t.Errorf("its total is %d", total)
	}
}
