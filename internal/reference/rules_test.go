package reference_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/wsproto"
)

// The close frames of failed connections, as closed shows them.
const (
	closed1002 = `C:\x03\xea`
	closed1007 = `C:\x03\xef`
	closed1009 = `C:\x03\xf1`
)

// x126 is 126 octets, one too many for a control frame; x125 just fits.
var (
	x126 = strings.Repeat("x", 126)
	x125 = x126[:125]
)

// conversations are what a conforming endpoint answers to frames, in the
// notation of word. Every one holds however the frames are cut.
var conversations = []struct{ name, say, want string }{
	{"echo text", `t:Spam`, `t:Spam`},
	{"echo binary", `b:\xff\x00`, `b:\xff\x00`},
	{"echo empty", `t b`, `t b`},
	{"echo fragments", `t-:Sp c-:a c:m`, `t:Spam`},
	{"echo empty fragments", `t- c- c:Spam t-:a c`, `t:Spam t:a`},
	{"ping", `P:hello P`, `O:hello O`},
	{"ping of 125", `P:` + x125, `O:` + x125},
	{"ping inside a message", `t-:a P:1 c-:b P:2 c:c`, `O:1 O:2 t:abc`},
	{"pong unasked", `O:hello t:a`, `t:a`},
	{"code point over a ping", `t-:\xe2\x82 P:1 c:\xac`, "O:1 t:\\u20ac"},
	{"close", `C:\x03\xe8`, `C:\x03\xe8`},
	{"close with reason", `C:\x03\xe9bye`, `C:\x03\xe9`},
	{"close without code", `C`, `C`},
	{"close of 125", `C:\x0f\xa0` + x125[:123], `C:\x0f\xa0`},
	{"close 1012", `C:\x03\xf4`, `C:\x03\xf4`},
	{"close 4999", `C:\x13\x87`, `C:\x13\x87`},
	{"frames after close", `C:\x03\xe8 t:a P`, `C:\x03\xe8`},
	{"close inside a message", `t-:a C:\x03\xe8`, `C:\x03\xe8`},

	{"RSV1", `t:a t1:b P`, `t:a ` + closed1002},
	{"RSV2", `t:a P t2:b P`, `t:a O ` + closed1002},
	{"RSV3", `t3:b`, closed1002},
	{"RSV1 on a ping", `P1`, closed1002},
	{"RSV1 on a continuation", `t-:a c1:b`, closed1002},
	{"opcode 3", `x3`, closed1002},
	{"opcode 4", `t:a x4:b`, `t:a ` + closed1002},
	{"opcode 5", `x5-`, closed1002},
	{"opcode 6", `x6`, closed1002},
	{"opcode 7", `x7`, closed1002},
	{"opcode b", `xb`, closed1002},
	{"opcode c", `xc`, closed1002},
	{"opcode d", `xd`, closed1002},
	{"opcode e", `xe`, closed1002},
	{"opcode f", `P:1 xf`, `O:1 ` + closed1002},
	{"ping of 126", `P:` + x126, closed1002},
	{"pong of 126", `O:` + x126, closed1002},
	{"close of 126", `C:\x03\xe8` + x126[:124], closed1002},
	{"fragmented ping", `P-:a c:b`, closed1002},
	{"fragmented pong", `O-`, closed1002},
	{"fragmented close", `C-`, closed1002},
	{"continuation of nothing", `t:a c:b`, `t:a ` + closed1002},
	{"continuation of nothing, open", `c-:b`, closed1002},
	{"continuation after a message", `t-:a c:b c:c`, `t:ab ` + closed1002},
	{"text inside a message", `t-:a t:b`, closed1002},
	{"binary inside a message", `t-:a c-:b b-:c`, closed1002},
	{"close of 1", `C:a`, closed1002},
	{"close 0", `C:\x00\x00`, closed1002},
	{"close 999", `C:\x03\xe7`, closed1002},
	{"close 1004", `C:\x03\xec`, closed1002},
	{"close 1005", `C:\x03\xed`, closed1002},
	{"close 1006", `C:\x03\xee`, closed1002},
	{"close 1015", `C:\x03\xf7`, closed1002},
	{"close 1016", `C:\x03\xf8`, closed1002},
	{"close 2999", `C:\x0b\xb7`, closed1002},
	{"close 5000", `C:\x13\x88`, closed1002},
	{"close 65535", `C:\xff\xff`, closed1002},
	{"reason not UTF-8", `C:\x03\xe8a\xff`, closed1007},
	{"reason cut short", `C:\x03\xe8\xe2\x82`, closed1007},
	{"text not UTF-8", `t:a t:\xff`, `t:a ` + closed1007},
	{"text cut short", `t:\xe2\x82`, closed1007},
	{"text cut short in fragments", `t-:\xe2 c:\x82`, closed1007},
	{"surrogate", `t:\xed\xa0\x80`, closed1007},
	{"overlong", `t:\xc0\xaf`, closed1007},
	{"beyond U+10FFFF", `t-:a c-:\xf4\x90`, closed1007},
	{"state of a message before", `b:\xe2 t:a`, `b:\xe2 t:a`},
}

func TestRules(t *testing.T) {
	for _, role := range []wsproto.Role{wsproto.Server, wsproto.Client} {
		for _, tt := range conversations {
			t.Run(role.String()+"/"+tt.name, func(t *testing.T) {
				for _, size := range []int{1 << 20, 1, 3} {
					synctest.Test(t, func(t *testing.T) {
						c := start(t, role, reference.Options{})
						c.mustOpen()
						var got []byte
						for _, piece := range cut(c.words(tt.say), size) {
							got = append(got, c.say(piece)...)
						}
						if got := closed(t, got); got != tt.want {
							t.Errorf("in pieces of %d, to %s\ngot  %s\nwant %s", size, tt.say, got, tt.want)
						}
						c.checkResult(c.hangUp())
					})
				}
			})
		}
	}
}

// checkResult checks the endpoint's result against the close frame it sent.
func (c *conversation) checkResult(err error) {
	c.t.Helper()
	i := strings.Index(string(c.all), "\r\n\r\n") + 4
	sent := closed(c.t, c.all[i:])
	var v *reference.Violation
	failed := strings.HasSuffix(sent, closed1002) || strings.HasSuffix(sent, closed1007)
	switch {
	case failed != errors.As(err, &v):
		c.t.Errorf("after %s: got error %v, want a Violation: %v", sent, err, failed)
	case !failed && strings.Contains(sent, "C") && err != nil:
		c.t.Errorf("after a closing handshake: got error %v, want none", err)
	case !strings.Contains(sent, "C") && !errors.Is(err, reference.ErrDropped):
		c.t.Errorf("after %s: got error %v, want ErrDropped", sent, err)
	}
}
