package oracle

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/wsproto"
)

// TestLimits: a limit to the size of messages is kept by a close frame or by the end
// of the connection, and does not hold for a message when a longer one was taken.
func TestLimits(t *testing.T) {
	packed := func(n int) fr {
		z := deflate.NewCompressor(deflate.Stream{NoContextTakeover: true})
		return binary(string(z.Message(nil, []byte(strings.Repeat("a", n))))).rsv(4)
	}
	plain := func(n int) fr { return binary(strings.Repeat("a", n)) }
	inFrames := func(first fr, n int, rest string) part {
		pieces := []piece{first.more()}
		for range n {
			pieces = append(pieces, cont(rest).more())
		}
		return tx(append(pieces, cont(""))...)
	}
	echoed := func(m piece) part { return all(tx(m), rx(m)) }
	tooBig := all(rx(bye(wsproto.CloseTooBig, "")), tx(bye(1009, "")), eof())
	lacking := all(rx(bye(wsproto.CloseMandatoryExtension, "")), tx(bye(1010, "")), eof())
	refused := all(rx(bye(wsproto.ClosePolicy, "")), tx(bye(1008, "")), eof())
	const big = bombSize
	tests := []struct {
		name   string
		parts  []part
		want   Outcome
		clause ClauseID
	}{
		{"bomb-and-1009", parts(tx(packed(big)), tooBig), Unsupported, ""},
		{"bomb-and-1002", parts(tx(packed(big)), rx(bye(1002, "")), tx(bye(1002, "")), eof()), Unsupported, ""},
		{"bomb-and-drop", parts(tx(packed(big)), eof()), Unsupported, "rfc6455/7.1.1/clean-close"},
		{"bomb-and-reset", parts(tx(packed(big)), reset()), Unsupported, ""},
		{"bomb-taken", parts(echoed(packed(big)), quiet(), farewell()), Pass, ""},
		{"bomb-and-1010", parts(tx(packed(big)), lacking), Unsupported, "rfc6455/7.4.1/code-1010"},
		{"small-and-1010", parts(tx(packed(1000)), lacking), Violation, "wscheck/stay"},
		{"small-and-drop", parts(tx(packed(1000)), eof()), Violation, "wscheck/stay"},
		{"plain-and-drop", parts(tx(plain(big)), eof()), Violation, "wscheck/stay"},
		{"plain-and-1009", parts(tx(plain(big)), tooBig), Unsupported, ""},
		{"longer-and-1009", parts(echoed(plain(1000)), tx(plain(1001)), tooBig), Unsupported, ""},
		{"shorter-and-1009", parts(echoed(plain(1000)), tx(plain(999)), tooBig), Violation, "wscheck/stay"},
		{"half-of-shorter-and-1009", parts(echoed(plain(1000)), tx(plain(9).declared(999)), tooBig), Violation, "wscheck/stay"},
		{"half-of-longer-and-1009", parts(echoed(plain(1000)), tx(plain(9).declared(1001)), tooBig), Unsupported, ""},
		{"other-type-and-1009", parts(echoed(plain(1000)), tx(text("a")), tooBig), Unsupported, ""},
		{"more-frames-and-1009", parts(echoed(plain(1000)), tx(plain(9).more(), cont("")), tooBig), Unsupported, ""},
		{"longer-frame-and-1009", parts(all(tx(plain(500).more(), cont(strings.Repeat("a", 500))), rx(plain(1000))), tx(plain(600)), tooBig), Unsupported, ""},
		{"both-and-1009", parts(echoed(plain(1000)), tx(plain(999), plain(1001)), tooBig), Unsupported, ""},
		{"bomb-taken-and-1009", parts(all(tx(packed(big).more(), cont("")), rx(plain(big))), tx(packed(big/2)), tooBig), Violation, "wscheck/stay"},
		{"bomb-taken-and-1009-on-wire", parts(all(inFrames(packed(big), 20, ""), rx(plain(big))), inFrames(plain(50), 20, strings.Repeat("a", 50)), tooBig), Violation, "wscheck/peer-bloated"},
		{"frames-and-1008", parts(tx(plain(9).more(), cont("")), refused), Unsupported, ""},
		{"more-frames-and-1008", parts(echoed(plain(1000)), tx(plain(9).more(), cont("")), refused), Unsupported, ""},
		{"shorter-and-1008", parts(echoed(plain(1000)), tx(plain(999)), refused), Unsupported, ""},
		{"bloated", parts(echoed(plain(1000)), happens(EventPeerBloated, "1 GiB"), farewell()), Violation, "wscheck/peer-bloated"},
		{"bloated-and-1009", parts(tx(packed(big)), happens(EventPeerBloated, "1 GiB"), tooBig), Violation, "wscheck/peer-bloated"},
		{"bloated-by-bomb", parts(echoed(packed(big)), quiet(), happens(EventPeerBloated, "1 GiB"), farewell()), Allowed, "wscheck/peer-bloated"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			trace := traceOf(client, append(parts(deflated(permessageDeflate, permessageDeflate+"; client_no_context_takeover")), tt.parts...)...)
			_, v := judgeBoth(t, trace, Options{Echo: true, Stay: true})
			found := tt.clause == "" && len(v.Findings) == 0
			for _, f := range v.Findings {
				found = found || f.Clause == tt.clause
			}
			if v.Outcome != tt.want || !found {
				t.Errorf("got %+v, want %v by %q", v, tt.want, tt.clause)
			}
		})
	}
}
