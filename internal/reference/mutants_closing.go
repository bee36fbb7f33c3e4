package reference

import (
	"fmt"
	"strings"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// closingMutants break RFC 6455 5.5.1 and section 7.
var closingMutants = []mutant{
	{Mutant: Mutant{Name: "accept-close-1-octet", Clause: "rfc6455/5.5.1/close-body-fail", Roles: inBoth,
		Text: "Takes a close payload of one octet for an empty one, and goes on."}, fault: acceptClose1},
	{Mutant: Mutant{Name: "accept-reason-not-utf8", Clause: "rfc6455/8.1/reason-fail", Roles: inBoth,
		Text: "Skips close frames whose reason is not UTF-8."}, fault: skipBadReason},
	{Mutant: Mutant{Name: "accept-reason-cut", Clause: "rfc6455/8.1/reason-fail", Roles: inBoth,
		Text: "Skips close frames whose reason ends within a code point."}, fault: skipCutReason},

	{Mutant: Mutant{Name: "close-unanswered", Clause: "rfc6455/5.5.1/close-reply", Roles: inBoth,
		Text: "Ignores close frames."}, close: func(*endpoint, wsproto.ClosePayload) error { return nil }},
	{Mutant: Mutant{Name: "close-unanswered-empty", Clause: "rfc6455/5.5.1/close-reply", Roles: inBoth,
		Text: "Ignores close frames without a code."}, close: ignoreCloseIf(func(_ *endpoint, p wsproto.ClosePayload) bool { return !p.HasCode })},
	{Mutant: Mutant{Name: "close-unanswered-reason", Clause: "rfc6455/5.5.1/close-reply", Roles: inBoth,
		Text: "Ignores close frames with a reason."}, close: ignoreCloseIf(func(_ *endpoint, p wsproto.ClosePayload) bool { return len(p.Reason) > 0 })},
	{Mutant: Mutant{Name: "close-unanswered-in-message", Clause: "rfc6455/5.5.1/close-reply", Roles: inBoth,
		Text: "Ignores close frames inside a fragmented message."}, close: ignoreCloseIf(func(e *endpoint, _ wsproto.ClosePayload) bool { return e.opcode != 0 })},
	{Mutant: Mutant{Name: "close-unanswered-private", Clause: "rfc6455/5.5.1/close-reply", Roles: inBoth,
		Text: "Ignores close frames with a code from 3000 on."}, close: ignoreCloseIf(func(_ *endpoint, p wsproto.ClosePayload) bool { return p.Code >= 3000 })},
	{Mutant: Mutant{Name: "close-dropped", Clause: "rfc6455/5.5.1/close-reply", Roles: inBoth,
		Text: "Ends the stream on a close frame, without an answer."}, close: func(*endpoint, wsproto.ClosePayload) error { return errDone }},
	{Mutant: Mutant{Name: "close-twice", Clause: "rfc6455/7.1.5/close-once", Roles: inBoth,
		Text: "Answers a close frame with two."}, close: func(e *endpoint, p wsproto.ClosePayload) error {
		if err := e.sendClose(p.Code, ""); err != nil {
			return err
		}
		return replyClose(e, p.Code, "")
	}},
	{Mutant: Mutant{Name: "close-then-data", Clause: "rfc6455/5.5.1/data-after-close", Roles: inBoth,
		Text: "Sends a message after its close frame."}, close: func(e *endpoint, p wsproto.ClosePayload) error {
		if err := e.sendClose(p.Code, ""); err != nil {
			return err
		}
		if err := e.send(wsproto.NewFrame(wsproto.OpText, true, []byte("bye"))); err != nil {
			return err
		}
		return errDone
	}},
	{Mutant: Mutant{Name: "close-then-empty-data", Clause: "rfc6455/5.5.1/data-after-close", Roles: inBoth,
		Text: "Sends an empty message after its close frame."}, close: func(e *endpoint, p wsproto.ClosePayload) error {
		if err := e.sendClose(p.Code, ""); err != nil {
			return err
		}
		if err := e.send(wsproto.NewFrame(wsproto.OpBinary, true, nil)); err != nil {
			return err
		}
		return errDone
	}},
	{Mutant: Mutant{Name: "close-then-echo", Clause: "rfc6455/5.5.1/data-after-close", Roles: inBoth,
		Text: "Goes on echoing messages after the closing handshake."}, close: func(e *endpoint, p wsproto.ClosePayload) error {
		err := e.sendClose(p.Code, "")
		e.sentClose = false
		return err
	}},
	{Mutant: Mutant{Name: "fail-then-echo", Clause: "rfc6455/5.5.1/data-after-close", Roles: inBoth,
		Text: "Sends a close frame on a protocol error, and then echoes on."}, fault: failThenEcho},

	closesWith(0, "rfc6455/7.4.2/code-defined"), closesWith(999, "rfc6455/7.4.2/code-defined"),
	closesWith(1004, "rfc6455/7.4.2/code-defined"), closesWith(1005, "rfc6455/7.4.1/code-1005"),
	closesWith(1006, "rfc6455/7.4.1/code-1006"), closesWith(1015, "rfc6455/7.4.1/code-1015"),
	closesWith(1016, "rfc6455/7.4.2/code-defined"), closesWith(2999, "rfc6455/7.4.2/code-defined"),
	closesWith(5000, "rfc6455/7.4.2/code-beyond"), closesWith(65535, "rfc6455/7.4.2/code-beyond"),
	ofServer(closesWith(1010, "rfc6455/7.4.1/code-1010")),
	{Mutant: Mutant{Name: "close-empty-with-1005", Clause: "rfc6455/7.4.1/code-1005", Roles: inBoth,
		Text: "Answers a close frame without a code with 1005."}, close: func(e *endpoint, p wsproto.ClosePayload) error {
		if !p.HasCode {
			p.Code = wsproto.CloseNoStatus
		}
		return replyClose(e, p.Code, "")
	}},
	{Mutant: Mutant{Name: "close-code-little-endian", Clause: "rfc6455/7.4.2/code-beyond", Roles: inBoth,
		Text: "Answers with the octets of the code the wrong way round."}, close: func(e *endpoint, p wsproto.ClosePayload) error {
		return replyClose(e, p.Code<<8|p.Code>>8, "")
	}},
	{Mutant: Mutant{Name: "close-1-octet", Clause: "rfc6455/5.5.1/close-body", Roles: inBoth,
		Text: "Sends close frames with a payload of one octet."}, frame: on(wsproto.OpClose, func(f *wsproto.Frame) {
		setPayload(f, []byte{3})
	})},
	{Mutant: Mutant{Name: "close-reason-not-utf8", Clause: "rfc6455/5.5.1/reason-utf8", Roles: inBoth,
		Text: "Answers a close frame with a reason that is not UTF-8."}, close: func(e *endpoint, _ wsproto.ClosePayload) error {
		return replyClose(e, wsproto.CloseNormal, "by\xe9")
	}},
	{Mutant: Mutant{Name: "close-reason-cut", Clause: "rfc6455/5.5.1/reason-utf8", Roles: inBoth,
		Text: "Cuts a long reason at 123 octets, within a code point."}, close: func(e *endpoint, _ wsproto.ClosePayload) error {
		return replyClose(e, wsproto.CloseNormal, strings.Repeat("\u00e9", 62)[:123])
	}},
	{Mutant: Mutant{Name: "close-text-alone", Clause: "rfc6455/7.4.2/code-beyond", Roles: inBoth,
		Text: "Answers with a reason and no code before it."}, frame: on(wsproto.OpClose, func(f *wsproto.Frame) {
		setPayload(f, []byte("bye"))
	})},

	acceptsCode(acceptCodeBelow1000, "0-999", "rfc6455/7.4.2/code-defined"),
	acceptsCode(acceptCode1004, "1004", "rfc6455/7.4.2/code-defined"),
	acceptsCode(acceptCode1005, "1005", "rfc6455/7.4.1/code-1005"),
	acceptsCode(acceptCode1006, "1006", "rfc6455/7.4.1/code-1006"),
	acceptsCode(acceptCode1015, "1015", "rfc6455/7.4.1/code-1015"),
	acceptsCode(acceptCode1016, "1016-1999", "rfc6455/7.4.2/code-defined"),
	acceptsCode(acceptCode2000, "2000-2999", "rfc6455/7.4.2/code-defined"),
	acceptsCode(acceptCode5000, "5000-65535", "rfc6455/7.4.2/code-beyond"),

	{Mutant: Mutant{Name: "close-tcp-open", Clause: "rfc6455/5.5.1/server-close-tcp", Roles: asServer,
		Text: "Leaves the TCP connection open after the closing handshake."}, fault: leaveTCPOpen},
	{Mutant: Mutant{Name: "fail-tcp-open", Clause: "rfc6455/7.1.7/close-tcp", Roles: asServer,
		Text: "Leaves the TCP connection open after failing it with a close frame."}, fault: failTCPOpen},
	{Mutant: Mutant{Name: "fail-then-pong", Clause: "rfc6455/7.1.7/stop", Roles: inBoth,
		Text: "Sends a close frame on a protocol error, and then answers pings."}, fault: failThenPong},
	{Mutant: Mutant{Name: "fail-silent-open", Clause: "rfc6455/7.1.7/close-tcp", Roles: asServer,
		Text: "Stops on a protocol error, without a close frame and without closing."}, fault: failSilentOpen},
}

// acceptsCode returns the mutant that takes close codes which may not be sent,
// and answers with the same.
func acceptsCode(f fault, name string, clause oracle.ClauseID) mutant {
	return mutant{Mutant: Mutant{Name: "accept-code-" + name, Clause: clause, Roles: inBoth,
		Text: "Takes the close code " + name + ", and answers with the same."}, fault: f}
}

// closesWith returns the mutant that gives all its close frames one code.
func closesWith(code wsproto.CloseCode, clause oracle.ClauseID) mutant {
	return mutant{Mutant: Mutant{Name: fmt.Sprintf("close-code-%d", code), Clause: clause, Roles: inBoth,
		Text: fmt.Sprintf("Sends close frames with code %d.", code)},
		frame: on(wsproto.OpClose, func(f *wsproto.Frame) { setPayload(f, wsproto.AppendClose(nil, code, "")) })}
}

// ofServer returns the mutant as one of servers alone.
func ofServer(m mutant) mutant {
	m.Roles = asServer
	return m
}

// ignoreCloseIf answers close frames, but for those chosen.
func ignoreCloseIf(chosen func(*endpoint, wsproto.ClosePayload) bool) func(*endpoint, wsproto.ClosePayload) error {
	return func(e *endpoint, p wsproto.ClosePayload) error {
		if chosen(e, p) {
			return nil
		}
		return replyClose(e, p.Code, "")
	}
}

// replyClose answers a close frame and ends the conversation.
func replyClose(e *endpoint, code wsproto.CloseCode, reason string) error {
	if err := e.sendClose(code, reason); err != nil {
		return err
	}
	return errDone
}
