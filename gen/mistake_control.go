package gen

import (
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// controlMistakes are about control frames (RFC 6455 5.5).
var controlMistakes = []mistake{
	{name: "control-fragmented", weight: 4, packed: true, clauses: []oracle.ClauseID{"rfc6455/5.5/control-fragmented-fail"}, do: func(t *draft) {
		s := controlFrame(t)
		s.Frame.Fin = false
		if t.rest == nil && t.seldom(3, "go on") {
			t.frame(wsproto.OpContinuation, true, oracle.Payload{})
		}
	}},
	{name: "control-long", weight: 5, packed: true, clauses: []oracle.ClauseID{"rfc6455/5.5/control-length-fail"}, do: func(t *draft) {
		s := controlFrame(t)
		n := one(t, []int{126, 126, 127, 130, 256, 65536}, "size")
		s.Payload = oracle.Payload{Data: []byte{'*'}, Len: n}
		if s.Frame.Opcode == wsproto.OpClose {
			s.Payload = closePayload(ownCode(t), string(appendText(nil, units[0], n-2)))
		}
		s.Chop = max(s.Chop, min(s.Chop, 1)*n/8)
	}},
}

// ownCode draws the code of a close frame that is wrong otherwise: where one of the
// application's comes back, the peer took the frame for a right one.
func ownCode(t *draft) wsproto.CloseCode {
	return one(t, []wsproto.CloseCode{wsproto.CloseNormal, 3456, 4321}, "code")
}

func closePayload(code wsproto.CloseCode, reason string) oracle.Payload {
	return oracle.Payload{Data: wsproto.AppendClose(nil, code, reason)}
}

// Codes that may be in a close frame, and codes that may not (RFC 6455 7.4).
var (
	goodCodes = []wsproto.CloseCode{
		1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999, 1012, 1013, 1014,
	}
	badCodes = []wsproto.CloseCode{
		0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 65535, 1, 1004, 1005, 1006, 1015,
	}
)

// badCode is the clause that a close code puts to the test.
func badCode(code wsproto.CloseCode) oracle.ClauseID {
	switch {
	case code == wsproto.CloseNoStatus:
		return "rfc6455/7.4.1/code-1005"
	case code == wsproto.CloseAbnormal:
		return "rfc6455/7.4.1/code-1006"
	case code == wsproto.CloseTLSHandshake:
		return "rfc6455/7.4.1/code-1015"
	case code >= 5000:
		return "rfc6455/7.4.2/code-beyond"
	}
	return "rfc6455/7.4.2/code-defined"
}

// closeMistakes are about the closing handshake (RFC 6455 5.5.1, 7.4).
var closeMistakes = []mistake{
	{name: "close-1-octet", weight: 3, clauses: []oracle.ClauseID{"rfc6455/5.5.1/close-body-fail"}, do: func(t *draft) {
		wrongClose(t, oracle.Payload{Data: []byte{one(t, []byte{3, 0, 0xff}, "octet")}})
	}},
	{name: "close-reason-not-utf8", weight: 4, clauses: []oracle.ClauseID{"rfc6455/8.1/reason-fail"}, do: func(t *draft) {
		reason := string(appendText(nil, units[0], t.d.below(8, "before")))
		if t.d.below(2, "cut") == 1 {
			reason += one(t, stumps, "stump")
		} else {
			reason += one(t, flaws, "flaw").octets
		}
		wrongClose(t, closePayload(ownCode(t), reason))
	}},
	{name: "close-code", weight: 9, clauses: []oracle.ClauseID{
		"rfc6455/7.4.2/code-defined", "rfc6455/7.4.1/code-1005", "rfc6455/7.4.1/code-1006", "rfc6455/7.4.1/code-1015", "rfc6455/7.4.2/code-beyond",
	}, do: func(t *draft) {
		reason := ""
		if t.seldom(3, "with a reason") {
			reason = "so long"
		}
		code := one(t, badCodes, "code")
		t.broke = badCode(code)
		wrongClose(t, closePayload(code, reason))
	}},
	{name: "after-close", weight: 4, clauses: []oracle.ClauseID{"rfc6455/5.5.1/data-after-close", "rfc6455/7.1.5/close-once"}, do: func(t *draft) {
		closing(t)
		t.met.add(stateAfterClose)
		for range 1 + t.d.below(3, "frames") {
			s := anyFrame(t)
			if t.seldom(4, "wrong too") {
				s.Frame.Rsv = 7
			}
		}
		finish(t)
	}},
}

// wrongClose sends a close frame that is wrong, as the beginning of the closing
// handshake or with other frames after it, which show whether the peer continues.
func wrongClose(t *draft, p oracle.Payload) {
	if t.d.below(3, "closing") == 0 {
		t.add(oracle.Step{Kind: oracle.StepClose, Payload: p})
		finish(t)
		return
	}
	t.frame(wsproto.OpClose, true, p)
	if t.d.below(3, "ping after") > 0 {
		barePing(t)
	}
	if t.d.below(2, "await the end") == 1 {
		t.add(oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitEnd, Timeout: patience / 2})
	}
}
