package reference_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/wsproto"
)

// TestFreedoms has legal conversations with endpoints of every freedom and
// holds what they send against what the RFCs allow.
func TestFreedoms(t *testing.T) {
	said := []string{"", "Spam", strings.Repeat("eggs \u20ac ", 30), strings.Repeat("x", 300)}
	for _, role := range []wsproto.Role{wsproto.Server, wsproto.Client} {
		t.Run(role.String(), func(t *testing.T) {
			for seed := range uint64(400) {
				o := reference.Options{
					Freedom: reference.Freedoms(seed + 1), Deflate: new(reference.Deflate),
				}
				o.Freedom.CloseAfter = 0
				o.Freedom.WritePause, o.Freedom.Lazy = 0, 0 // its octets are all that is looked at
				synctest.Test(t, func(t *testing.T) {
					c := start(t, role, o)
					c.openDeflate()
					var frames []byte
					for i, text := range said {
						frames = append(frames, c.frame(wsproto.Header{Fin: true, Opcode: wsproto.OpText}, text)...)
						frames = append(frames, c.frame(wsproto.Header{Fin: true, Opcode: wsproto.OpPing}, fmt.Sprint(i))...)
					}
					got := c.say(frames)
					got = append(got, c.say(c.words(`C:\x03\xe8`))...)
					if err := c.hangUp(); err != nil {
						t.Errorf("seed %d: %v", seed, err)
					}
					checkLegal(t, role, c.all[len(c.all)-len(got)-c.early:], said)
					if t.Failed() {
						t.Fatalf("seed %d: freedom %+v", seed+1, o.Freedom)
					}
				})
			}
		})
	}
}

// checkLegal checks that octets are legal frames that echo messages, answer the
// last of as many pings, and end with a close frame.
func checkLegal(t *testing.T, role wsproto.Role, b []byte, want []string) {
	t.Helper()
	frames, rest := wsproto.ParseFrames(b)
	if len(rest) > 0 {
		t.Errorf("got %d octets of an unfinished frame", len(rest))
	}
	inflater := deflate.NewInflater(deflate.Stream{}, 1<<20)
	var got []string
	var message []byte
	var opcode wsproto.Opcode
	var compressed, ponged bool
	for i, f := range frames {
		switch {
		case f.Masked != (role == wsproto.Client), !f.Minimal():
			t.Errorf("frame %d: %s: masked or written wrongly", i, f)
		case f.Opcode.IsControl():
			if !f.Fin || f.Rsv != 0 || f.Length > 125 || f.Opcode.IsReserved() {
				t.Errorf("frame %d: %s: illegal control frame", i, f)
			}
			ponged = ponged || f.Opcode == wsproto.OpPong && string(f.Payload) == fmt.Sprint(len(want)-1)
			if f.Opcode == wsproto.OpClose && i != len(frames)-1 {
				t.Errorf("frame %d: %s: not the last", i, f)
			}
			continue
		case opcode == 0 && f.Opcode == wsproto.OpText:
			opcode, message, compressed = f.Opcode, nil, f.Rsv == 4
		case opcode == 0 || f.Opcode != wsproto.OpContinuation || f.Rsv != 0:
			t.Errorf("frame %d: %s: illegal data frame", i, f)
		}
		message = append(message, f.Payload...)
		if !f.Fin {
			continue
		}
		opcode = 0
		if compressed {
			var err error
			if message, _, err = inflater.Message(nil, message); err != nil {
				t.Errorf("frame %d: %v", i, err)
			}
		}
		got = append(got, string(message))
	}
	if n := len(frames); n == 0 || frames[n-1].Opcode != wsproto.OpClose {
		t.Errorf("got no close frame at the end of %d frames", n)
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("echoes: got %q, want %q", got, want)
	}
	if !ponged {
		t.Error("got no pong for the last ping")
	}
}

// TestFreedomsFail checks that endpoints of every freedom fail a connection.
func TestFreedomsFail(t *testing.T) {
	for seed := range uint64(200) {
		o := reference.Options{Freedom: reference.Freedoms(seed + 1)}
		o.Freedom.WritePause = 0 // its octets are all that is looked at
		synctest.Test(t, func(t *testing.T) {
			c := start(t, wsproto.Server, o)
			c.open()
			got := c.say(c.words(`t:\xff`))
			var v *reference.Violation
			if err := c.hangUp(); !errors.As(err, &v) || v.Code != wsproto.CloseInvalidPayload {
				t.Errorf("seed %d: got error %v, want a Violation with 1007", seed, err)
			}
			if n := bytes.Count(got, []byte("\x03\xef")); n != 1 && !o.Freedom.FailSilently {
				t.Errorf("seed %d: got %x, want a close frame with 1007", seed, got)
			}
		})
	}
}

// TestFreedomsRepeat checks that a seed gives one freedom.
func TestFreedomsRepeat(t *testing.T) {
	if a, b := reference.Freedoms(7), reference.Freedoms(7); a != b {
		t.Errorf("got %+v and then %+v", a, b)
	}
	if a, b := reference.Freedoms(7), reference.Freedoms(8); a == b {
		t.Errorf("two seeds: got %+v twice", a)
	}
}
