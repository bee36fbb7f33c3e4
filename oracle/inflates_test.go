package oracle

import (
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/wsproto"
)

// TestPongBeforeInflating distinguishes a peer that inflates, or looks at text, beside what it reads
// from one that takes a message which is not DEFLATE, or text that is not UTF-8.
func TestPongBeforeInflating(t *testing.T) {
	broken := tx(text(notDeflate).rsv(4), ping("late"))
	whole := tx(text(helloDeflated).rsv(4), ping("late"))
	fails := parts(rx(bye(wsproto.CloseInvalidPayload, "")), tx(bye(1007, "")), eof())
	utf8 := tx(text("\xff"), ping("late"))
	packed := tx(text(string(new(deflate.Emitter).Fixed(false).Literals("\xff").EndBlock().Message())).rsv(4), ping("late"))
	for _, tt := range []struct {
		name   string
		parts  []part
		want   Outcome
		clause ClauseID
	}{
		{"fails-first", append(parts(broken), fails...), Pass, ""},
		{"pong-then-fails", append(parts(broken, rx(pong("late"))), fails...), Allowed, "rfc7692/7.2.2/invalid-fail"},
		{"pong-then-drops", parts(broken, rx(pong("late")), eof()), Allowed, "rfc7692/7.2.2/invalid-fail"},
		{"pong-then-closes", parts(broken, rx(pong("late")), rx(bye(1000, "")), tx(bye(1000, "")), eof()), Violation, "rfc7692/7.2.2/invalid-fail"},
		{"pong-then-farewell", parts(broken, rx(pong("late")), farewell()), Allowed, "rfc7692/7.2.2/invalid-fail"},
		{"pong-then-drops-for-farewell", parts(broken, rx(pong("late")), tx(bye(1000, "")), eof()), Allowed, "rfc7692/7.2.2/invalid-fail"},
		{"pong-then-closed", parts(broken, rx(pong("late")), tx(bye(1000, "")), closed()), Inconclusive, "rfc7692/7.2.2/invalid-fail"},
		{"pong-then-quiet-and-closed", parts(broken, rx(pong("late")), tx(bye(1000, "")), quiet(), closed()), Violation, "rfc7692/7.2.2/invalid-fail"},
		{"pong-then-quiet-and-farewell", parts(broken, rx(pong("late")), quiet(), farewell()), Violation, "rfc7692/7.2.2/invalid-fail"},
		{"pong-then-waits-and-farewell", parts(broken, rx(pong("late")), timer(time.Second), farewell()), Violation, "rfc7692/7.2.2/invalid-fail"},
		{"pong-and-echo-then-farewell", parts(broken, rx(pong("late")), rx(text("x")), farewell()), Violation, "rfc7692/7.2.2/invalid-fail"},
		{"packed-text-pong-then-fails", append(parts(packed, rx(pong("late"))), fails...), Allowed, "rfc6455/8.1/utf8-fail"},
		{"packed-text-pong-then-farewell", parts(packed, rx(pong("late")), farewell()), Allowed, "rfc6455/8.1/utf8-fail"},
		{"text-after-packed-pong-then-fails", append(parts(tx(text(helloDeflated).rsv(4)), utf8, rx(pong("late")), rx(text("Hello"))), fails...), Allowed, "rfc6455/8.1/utf8-fail"},
		{"packed-text-pong-then-quiet", parts(packed, rx(pong("late")), quiet()), Violation, "rfc6455/8.1/utf8-fail"},
		{"pong-and-echo-then-fails", append(parts(broken, rx(pong("late")), rx(text("x"))), fails...), Violation, "rfc7692/7.2.2/invalid-fail"},
		{"pong-and-owed-echo-then-fails", append(parts(tx(text("x")), broken, rx(pong("late")), rx(text("x"))), fails...), Allowed, "rfc7692/7.2.2/invalid-fail"},
		{"pong-and-two-echoes-then-fails", append(parts(tx(text("x")), broken, rx(pong("late")), rx(text("x")), rx(text("y"))), fails...), Violation, "rfc7692/7.2.2/invalid-fail"},
		{"pong-then-quiet", parts(broken, rx(pong("late")), quiet()), Violation, "rfc7692/7.2.2/invalid-fail"},
		{"text-pong-then-fails", append(parts(utf8, rx(pong("late"))), fails...), Allowed, "rfc6455/8.1/utf8-fail"},
		{"text-pong-then-quiet", parts(utf8, rx(pong("late")), quiet()), Violation, "rfc6455/8.1/utf8-fail"},
		{"text-pong-and-echo-then-fails", append(parts(utf8, rx(pong("late")), rx(text("x"))), fails...), Violation, "rfc6455/8.1/utf8-fail"},
		{"right-then-fails", append(parts(whole, rx(pong("late"))), fails...), Violation, "wscheck/stay"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trace := traceOf(client, append(parts(deflated(permessageDeflate, permessageDeflate+"; client_no_context_takeover")), tt.parts...)...)
			_, v := judgeBoth(t, trace, Options{Echo: true, Stay: true})
			found := tt.clause == "" && len(v.Findings) == 0
			for _, f := range v.Findings {
				found = found || f.Clause == tt.clause && (f.Outcome == tt.want || tt.want == Inconclusive && f.Outcome == Allowed)
			}
			if v.Outcome != tt.want || !found {
				t.Errorf("got %+v, want %v by %q", v, tt.want, tt.clause)
			}
		})
	}
}
