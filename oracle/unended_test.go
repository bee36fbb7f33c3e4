package oracle

import (
	"slices"
	"testing"
)

// TestMessageAfterUnendedOne: where a message of ours does not end as it has to, and the peer
// takes it, its inflater may be within a block. So the next message may well be valid to it.
func TestMessageAfterUnendedOne(t *testing.T) {
	for _, c := range []struct {
		name, first string
		wrong       bool // to take what is not DEFLATE after it
	}{
		{"ended", helloDeflated, true},
		{"unfinished", cutDeflate, false},
		{"flush kept", helloKept, false},
		{"no flush", helloUnended, false},
	} {
		for _, answer := range []string{permessageDeflate, permessageDeflate + "; client_no_context_takeover"} {
			trace := traceOf(client, deflated(permessageDeflate, answer), tx(text(c.first).rsv(4), text(notDeflate).rsv(4), ping("are you there")), rx(pong("are you there")), quiet(), closed())
			v := JudgeTrace(trace, Options{})
			if got := slices.Contains(v.Broken(), ruleInvalidFail.clause().ID); got != c.wrong {
				t.Errorf("%s, %s: broken: %v, want what is not DEFLATE among them: %t", c.name, answer, v.Broken(), c.wrong)
			}
		}
	}
}

// TestWrongEchoBeforeUnknownMessage: an echo that is not right for the oldest message may not be
// the one of a later message whose content is not known. It does not show that the peer took the
// fault before that one.
func TestWrongEchoBeforeUnknownMessage(t *testing.T) {
	for _, c := range []struct {
		name   string
		echoes part
		want   bool // that the reserved bit was taken
	}{
		{"wrong echo", rx(text("on")), false},
		{"echo of what comes after", rx(text("one"), text("two")), true},
	} {
		trace := traceOf(client, deflated(permessageDeflate, permessageDeflate),
			tx(text("one"), pong("").rsv(4), text(cutDeflate).rsv(4), text("three")), c.echoes, rx(bye(1002, "")), eof())
		v := JudgeTrace(trace, echoing)
		if got := slices.Contains(v.Broken(), ClauseID("rfc7692/6.1/rsv1-control-fail")); got != c.want {
			t.Errorf("%s: broken: %v, want the reserved bit among them: %t", c.name, v.Broken(), c.want)
		}
	}
}

// TestMessageThatEndsAtControlFrame: a peer that gives back less of a message than came before a
// control frame ends the message there, if there was more. Else something else ended it.
func TestMessageThatEndsAtControlFrame(t *testing.T) {
	const within = ClauseID("rfc6455/5.4/control-within")
	for _, c := range []struct {
		name string
		sent part
		want bool
	}{
		{"goes on", tx(text("a").more(), ping("in"), cont("b")), true},
		{"does not go on", tx(text("a").more(), ping("in")), false},
	} {
		trace := traceOf(client, open(), c.sent, rx(text("a"), pong("in")), quiet(), closed())
		v := JudgeTrace(trace, echoing)
		if got := slices.Contains(v.Broken(), within); got != c.want || v.Outcome != Violation {
			t.Errorf("%s: %+v, want %s among what is broken: %t", c.name, v, within, c.want)
		}
	}
}
