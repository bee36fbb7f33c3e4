package reference

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// controlMutants break RFC 6455 5.5, 5.5.2 and 5.5.3.
var controlMutants = []mutant{
	both("accept-fragmented-close", "rfc6455/5.5/control-fragmented-fail",
		"Takes close frames without FIN.",
		overlooksOn(is(wsproto.OpClose), ruleControlFin), skips(func(_ *endpoint, h wsproto.Header) bool { return h.Opcode == wsproto.OpClose && !h.Fin })),
	both("accept-fragmented-ping", "rfc6455/5.5/control-fragmented-fail",
		"Takes pings without FIN.",
		overlooksOn(is(wsproto.OpPing), ruleControlFin)),
	both("accept-fragmented-pong", "rfc6455/5.5/control-fragmented-fail",
		"Takes pongs without FIN.",
		overlooksOn(is(wsproto.OpPong), ruleControlFin)),
	both("accept-long-close", "rfc6455/5.5/control-length-fail",
		"Takes close frames of more than 125 octets.",
		overlooksOn(is(wsproto.OpClose), ruleControlLength), skips(func(_ *endpoint, h wsproto.Header) bool { return h.Opcode == wsproto.OpClose && h.Length > maxControl })),
	both("accept-long-ping", "rfc6455/5.5/control-length-fail",
		"Takes pings of more than 125 octets, and answers with their first 125.",
		overlooksOn(is(wsproto.OpPing), ruleControlLength), skips(tooLongControl), pongs(pongOf(first125))),
	both("accept-long-pong", "rfc6455/5.5/control-length-fail",
		"Takes pongs of more than 125 octets.",
		overlooksOn(is(wsproto.OpPong), ruleControlLength), skips(tooLongControl)),
	both("accept-control-126", "rfc6455/5.5/control-length-fail",
		"Takes control frames of 126 octets, and of no more.",
		overlooksIf(func(_ *endpoint, b []byte) bool {
			return b[1]&maskLength == 126 && (len(b) < 4 || b[2] == 0 && b[3] == 126)
		}, ruleControlLength),
		skips(func(_ *endpoint, h wsproto.Header) bool { return h.Opcode == wsproto.OpClose && h.Length > maxControl }), pongs(pongOf(first125))),
	both("accept-long-ping-after-30", "rfc6455/5.5/control-length-fail",
		"Looks at the length of pings until there were 30.",
		func(h *hooks) {
			pings := 0
			h.header = func(_ *endpoint, h *wsproto.Header) {
				if h.Opcode == wsproto.OpPing {
					pings++
				}
			}
			overlooksIf(func(_ *endpoint, b []byte) bool { return pings >= 30 && opcodeOf(b) == wsproto.OpPing }, ruleControlLength)(h)
		}, skips(tooLongControl), pongs(pongOf(first125))),

	both("pong-missing", "rfc6455/5.5.2/pong",
		"Answers no ping.",
		pongs(pongUnless(func(*endpoint, []byte) bool { return true }))),
	both("pong-missing-empty", "rfc6455/5.5.2/pong",
		"Does not answer pings without payload.",
		pongs(pongUnless(func(_ *endpoint, p []byte) bool { return len(p) == 0 }))),
	both("pong-missing-125", "rfc6455/5.5.2/pong",
		"Does not answer pings of 125 octets.",
		pongs(pongUnless(func(_ *endpoint, p []byte) bool { return len(p) == maxControl }))),
	both("pong-missing-in-message", "rfc6455/5.5.2/pong",
		"Does not answer pings inside a fragmented message.",
		pongs(pongUnless(func(e *endpoint, _ []byte) bool { return e.opcode != 0 }))),
	both("pong-missing-binary", "rfc6455/5.5.2/pong",
		"Does not answer pings with octets above 127.",
		pongs(pongUnless(func(_ *endpoint, p []byte) bool {
			return bytes.ContainsFunc(p, func(r rune) bool { return r > 127 })
		}))),
	both("pong-once", "rfc6455/5.5.2/pong",
		"Answers the first ping alone.",
		func(h *hooks) {
			pings := 0
			h.pong = pongUnless(func(*endpoint, []byte) bool {
				pings++
				return pings > 1
			})
		}),
	both("pong-missing-50th", "rfc6455/5.5.2/pong",
		"Does not answer the 50th ping of a connection, and none after it.",
		func(h *hooks) {
			pings := 0
			h.pong = pongUnless(func(*endpoint, []byte) bool {
				pings++
				return pings >= 50
			})
		}),
	both("pong-as-ping", "rfc6455/5.5.2/pong",
		"Answers pings with pings.",
		sends(on(wsproto.OpPong, func(f *wsproto.Frame) { f.Opcode = wsproto.OpPing }))),
	both("pong-as-text", "rfc6455/5.5.2/pong",
		"Answers pings with text messages.",
		sends(on(wsproto.OpPong, func(f *wsproto.Frame) { f.Opcode = wsproto.OpText }))),
	both("pong-empty", "rfc6455/5.5.3/pong-payload",
		"Answers with empty pongs.",
		pongs(pongOf(func(*endpoint, []byte) []byte { return nil }))),
	both("pong-empty-within", "rfc6455/5.5.3/pong-payload",
		"Answers pings within a message with empty pongs.",
		pongs(pongOf(func(e *endpoint, p []byte) []byte {
			if e.opcode != 0 {
				return nil
			}
			return p
		}))),
	both("pong-truncated", "rfc6455/5.5.3/pong-payload",
		"Leaves out the last octet of a pong.",
		pongs(pongOf(func(_ *endpoint, p []byte) []byte { return p[:max(0, len(p)-1)] }))),
	both("pong-truncated-124", "rfc6455/5.5.3/pong-payload",
		"Answers with 124 octets at most.",
		pongs(pongOf(func(_ *endpoint, p []byte) []byte { return p[:min(len(p), maxControl-1)] }))),
	both("pong-wrong-100", "rfc6455/5.5.3/pong-payload",
		"Changes the last octet of a pong of 100 octets.",
		pongs(pongOf(func(_ *endpoint, p []byte) []byte {
			if len(p) == 100 {
				p[99] ^= 1
			}
			return p
		}))),
	both("pong-trailing", "rfc6455/5.5.3/pong-payload",
		"Adds an octet to short pongs.",
		pongs(pongOf(func(_ *endpoint, p []byte) []byte {
			return append(p, make([]byte, min(1, maxControl-len(p)))...)
		}))),
	both("pong-uppercase", "rfc6455/5.5.3/pong-payload",
		"Answers in upper case.",
		pongs(pongOf(func(_ *endpoint, p []byte) []byte { return upperASCII(p) }))),
	both("pong-nul-terminated", "rfc6455/5.5.3/pong-payload",
		"Ends a pong before the first octet of 0.",
		pongs(pongOf(func(_ *endpoint, p []byte) []byte {
			before, _, _ := bytes.Cut(p, []byte{0})
			return before
		}))),
	both("pong-stale", "rfc6455/5.5.3/pong-payload",
		"Answers with the payload of the ping before.",
		func(h *hooks) {
			var ping []byte
			h.pong = pongOf(func(_ *endpoint, p []byte) []byte {
				previous := ping
				ping = bytes.Clone(p)
				return previous
			})
		}),
	both("pong-residue", "rfc6455/5.5.3/pong-payload",
		"Leaves what is longer of the ping before at the end of a pong.",
		func(h *hooks) { h.pong = pongOf(withResidue()) }),

	both("send-fragmented-pong", "rfc6455/5.5/control-fragmented",
		"Sends pongs in two fragments.",
		sends(sendFragmented(wsproto.OpPong))),
	both("send-fragmented-close", "rfc6455/5.5/control-fragmented",
		"Sends close frames in two fragments.",
		sends(sendFragmented(wsproto.OpClose))),
	both("send-unfinished-ping", "rfc6455/5.5/control-fragmented",
		"Sends a ping without FIN before each message.",
		echoes(controlBeforeEcho(false, 4))),
	both("send-long-pong", "rfc6455/5.5/control-length",
		"Fills pongs up to 126 octets.",
		sends(on(wsproto.OpPong, fillTo126))),
	both("send-long-pong-of-125", "rfc6455/5.5/control-length",
		"Answers a ping of 125 octets with 126.",
		sends(where(func(f *wsproto.Frame) bool {
			return f.Opcode == wsproto.OpPong && f.Length == maxControl
		}, fillTo126))),
	both("send-long-close", "rfc6455/5.5/control-length",
		"Fills close frames up to 126 octets.",
		sends(on(wsproto.OpClose, func(f *wsproto.Frame) {
			if f.Length >= 2 {
				fillTo126(f)
			}
		}))),
	both("send-long-ping", "rfc6455/5.5/control-length",
		"Sends a ping of 126 octets before each message.",
		echoes(controlBeforeEcho(true, maxControl+1))),
}

// pongUnless answers pings, but for those chosen.
func pongUnless(chosen func(e *endpoint, payload []byte) bool) func(*endpoint, []byte) error {
	return func(e *endpoint, payload []byte) error {
		if chosen(e, payload) {
			return nil
		}
		return e.send(wsproto.NewFrame(wsproto.OpPong, true, payload))
	}
}

// pongOf answers pings with another payload.
func pongOf(payload func(e *endpoint, p []byte) []byte) func(*endpoint, []byte) error {
	return func(e *endpoint, p []byte) error {
		return e.send(wsproto.NewFrame(wsproto.OpPong, true, payload(e, p)))
	}
}

// fillTo126 makes a frame's payload 126 octets long.
func fillTo126(f *wsproto.Frame) {
	payload := bytes.Repeat([]byte("*"), maxControl+1)
	copy(payload, f.Payload)
	setPayload(f, payload)
}

// sendFragmented sends frames of a control opcode in two fragments.
func sendFragmented(op wsproto.Opcode) frameHook {
	return func(e *endpoint, f wsproto.Frame) error {
		if f.Opcode != op {
			return e.put(f)
		}
		first, last := f, f
		first.Fin = false
		setPayload(&first, f.Payload[:len(f.Payload)/2])
		last.Opcode = wsproto.OpContinuation
		setPayload(&last, f.Payload[len(f.Payload)/2:])
		if err := e.put(first); err != nil {
			return err
		}
		return e.put(last)
	}
}

// controlBeforeEcho sends a ping of n octets before each message.
func controlBeforeEcho(fin bool, n int) func(*endpoint, wsproto.Opcode, []byte) error {
	return func(e *endpoint, op wsproto.Opcode, payload []byte) error {
		ping := wsproto.NewFrame(wsproto.OpPing, fin, bytes.Repeat([]byte("*"), n))
		if err := e.send(ping); err != nil {
			return err
		}
		return e.reply(op, payload)
	}
}

// first125 returns as much of a payload as fits into a pong.
func first125(_ *endpoint, p []byte) []byte { return p[:min(len(p), maxControl)] }

// tooLongControl reports control frames whose payload is not even read, by a mutant that
// takes others that are too long.
func tooLongControl(_ *endpoint, h wsproto.Header) bool {
	return isControl(h.Opcode) && h.Length > 64<<10
}

// withResidue returns a function that leaves what is longer of the payload before at the
// end of one.
func withResidue() func(*endpoint, []byte) []byte {
	var before []byte
	return func(_ *endpoint, p []byte) []byte {
		if n := len(p); n < len(before) {
			p = append(p, before[n:]...)
		}
		before = bytes.Clone(p)
		return p
	}
}

// closingMutants break RFC 6455 5.5.1 and section 7.
var closingMutants = []mutant{
	both("accept-close-1-octet", "rfc6455/5.5.1/close-body-fail",
		"Takes a close payload of one octet for an empty one, and continues.",
		overlooks(ruleCloseLength), skips(func(_ *endpoint, h wsproto.Header) bool { return h.Opcode == wsproto.OpClose && h.Length == 1 })),
	both("accept-reason-not-utf8", "rfc6455/8.1/reason-fail",
		"Skips close frames whose reason is not UTF-8.",
		overlooks(ruleReason, ruleReasonCut), closes(answerIf(func(_ *endpoint, p wsproto.ClosePayload) bool { return utf8.Valid(p.Reason) }))),
	both("accept-reason-cut", "rfc6455/8.1/reason-fail",
		"Skips close frames whose reason ends within a code point.",
		overlooks(ruleReasonCut), closes(answerIf(func(_ *endpoint, p wsproto.ClosePayload) bool { return utf8.Valid(p.Reason) }))),

	both("close-unanswered", "rfc6455/5.5.1/close-reply",
		"Ignores close frames.",
		closes(func(*endpoint, wsproto.ClosePayload) error { return nil })),
	both("close-unanswered-empty", "rfc6455/5.5.1/close-reply",
		"Ignores close frames without a code.",
		closes(answerIf(func(_ *endpoint, p wsproto.ClosePayload) bool { return p.HasCode }))),
	both("close-unanswered-reason", "rfc6455/5.5.1/close-reply",
		"Ignores close frames with a reason.",
		closes(answerIf(func(_ *endpoint, p wsproto.ClosePayload) bool { return len(p.Reason) == 0 }))),
	both("close-dropped-long-reason", "rfc6455/5.5.1/close-reply",
		"Ends the stream on a close frame with a reason of more than 100 octets, without an answer.",
		closes(func(e *endpoint, p wsproto.ClosePayload) error {
			if len(p.Reason) > 100 {
				return errDone
			}
			return e.replyClose(p)
		})),
	both("close-unanswered-in-message", "rfc6455/5.5.1/close-reply",
		"Ignores close frames inside a fragmented message.",
		closes(answerIf(func(e *endpoint, _ wsproto.ClosePayload) bool { return e.opcode == 0 }))),
	both("close-unanswered-private", "rfc6455/5.5.1/close-reply",
		"Ignores close frames with a code from 3000 on.",
		closes(answerIf(func(_ *endpoint, p wsproto.ClosePayload) bool { return p.Code < 3000 }))),
	both("close-dropped", "rfc6455/5.5.1/close-reply",
		"Ends the stream on a close frame, without an answer.",
		closes(func(*endpoint, wsproto.ClosePayload) error { return errDone })),
	both("close-dropped-amid-many", "rfc6455/5.5.1/close-reply",
		"Ends the stream on a close frame after more than two frames of a message, without an answer.",
		closes(func(e *endpoint, p wsproto.ClosePayload) error {
			if e.opcode != 0 && e.frames > 2 {
				return errDone
			}
			return e.replyClose(p)
		})),
	both("close-dropped-after-long", "rfc6455/5.5.1/close-reply",
		"Ends the stream on a close frame, without an answer, if it has echoed 32 to 64 KiB before.",
		func(h *hooks) {
			sent := 0
			h.echo = func(e *endpoint, op wsproto.Opcode, payload []byte) error {
				sent += len(payload)
				return e.reply(op, payload)
			}
			h.close = func(e *endpoint, p wsproto.ClosePayload) error {
				if sent>>15 == 1 {
					return errDone
				}
				return e.replyClose(p)
			}
		}),
	both("close-twice", "rfc6455/7.1.5/close-once",
		"Answers a close frame with two.",
		closes(func(e *endpoint, p wsproto.ClosePayload) error {
			if err := e.sendClose(p.Code, ""); err != nil {
				return err
			}
			return e.endWith(p.Code, "")
		})),
	both("close-then-data", "rfc6455/5.5.1/data-after-close",
		"Sends a message after its close frame.",
		closes(func(e *endpoint, p wsproto.ClosePayload) error {
			if err := e.sendClose(p.Code, ""); err != nil {
				return err
			}
			if err := e.send(wsproto.NewFrame(wsproto.OpText, true, []byte("bye"))); err != nil {
				return err
			}
			return errDone
		})),
	both("close-then-empty-data", "rfc6455/5.5.1/data-after-close",
		"Sends an empty message after its close frame.",
		closes(func(e *endpoint, p wsproto.ClosePayload) error {
			if err := e.sendClose(p.Code, ""); err != nil {
				return err
			}
			if err := e.send(wsproto.NewFrame(wsproto.OpBinary, true, nil)); err != nil {
				return err
			}
			return errDone
		})),
	both("close-then-echo", "rfc6455/5.5.1/data-after-close",
		"Continues to echo messages after the closing handshake.",
		closes(func(e *endpoint, p wsproto.ClosePayload) error {
			err := e.sendClose(p.Code, "")
			e.sentClose = false
			return err
		})),
	both("fail-then-echo", "rfc6455/5.5.1/data-after-close",
		"Sends a close frame on a protocol error, and then echoes on.",
		failThen(func(wsproto.Header) bool { return false })),

	closesWith(0, "rfc6455/7.4.2/code-defined"), closesWith(999, "rfc6455/7.4.2/code-defined"),
	closesWith(1004, "rfc6455/7.4.2/code-defined"), closesWith(1005, "rfc6455/7.4.1/code-1005"),
	closesWith(1006, "rfc6455/7.4.1/code-1006"), closesWith(1015, "rfc6455/7.4.1/code-1015"),
	closesWith(1016, "rfc6455/7.4.2/code-defined"), closesWith(2999, "rfc6455/7.4.2/code-defined"),
	closesWith(5000, "rfc6455/7.4.2/code-beyond"), closesWith(65535, "rfc6455/7.4.2/code-beyond"),
	ofServer(closesWith(1010, "rfc6455/7.4.1/code-1010")),
	both("close-empty-with-1005", "rfc6455/7.4.1/code-1005",
		"Answers a close frame without a code with 1005.",
		closes(func(e *endpoint, p wsproto.ClosePayload) error {
			if !p.HasCode {
				p.Code = wsproto.CloseNoStatus
			}
			return e.endWith(p.Code, "")
		})),
	both("close-code-little-endian", "rfc6455/7.4.2/code-beyond",
		"Answers with the octets of the code the wrong way round.",
		closes(func(e *endpoint, p wsproto.ClosePayload) error {
			return e.endWith(p.Code<<8|p.Code>>8, "")
		})),
	both("close-1-octet", "rfc6455/5.5.1/close-body",
		"Sends close frames with a payload of one octet.",
		sends(on(wsproto.OpClose, func(f *wsproto.Frame) {
			setPayload(f, []byte{3})
		}))),
	both("close-reason-not-utf8", "rfc6455/5.5.1/reason-utf8",
		"Answers a close frame with a reason that is not UTF-8.",
		closes(func(e *endpoint, _ wsproto.ClosePayload) error {
			return e.endWith(wsproto.CloseNormal, "by\xe9")
		})),
	both("close-reason-cut", "rfc6455/5.5.1/reason-utf8",
		"Cuts a long reason at 123 octets, within a code point.",
		closes(func(e *endpoint, _ wsproto.ClosePayload) error {
			return e.endWith(wsproto.CloseNormal, strings.Repeat("\u00e9", 62)[:123])
		})),
	both("close-text-alone", "rfc6455/7.4.2/code-beyond",
		"Answers with a reason and no code before it.",
		sends(on(wsproto.OpClose, func(f *wsproto.Frame) {
			setPayload(f, []byte("bye"))
		}))),

	acceptsCode(0, 999, "0-999", "rfc6455/7.4.2/code-defined"),
	acceptsCode(1004, 1004, "1004", "rfc6455/7.4.2/code-defined"),
	acceptsCode(1005, 1005, "1005", "rfc6455/7.4.1/code-1005"),
	acceptsCode(1006, 1006, "1006", "rfc6455/7.4.1/code-1006"),
	acceptsCode(1015, 1015, "1015", "rfc6455/7.4.1/code-1015"),
	acceptsCode(1016, 1999, "1016-1999", "rfc6455/7.4.2/code-defined"),
	acceptsCode(2000, 2999, "2000-2999", "rfc6455/7.4.2/code-defined"),
	acceptsCode(5000, 65535, "5000-65535", "rfc6455/7.4.2/code-beyond"),
	both("accept-code-after-64k", "rfc6455/7.4.1/code-1005",
		"Looks at close codes in the first 64 KiB of a connection alone, and answers with the same.",
		overlooksIf(func(e *endpoint, _ []byte) bool { return e.consumed > 64<<10 }, ruleCloseCode)),

	server("close-tcp-open", "rfc6455/5.5.1/server-close-tcp",
		"Leaves the TCP connection open after the closing handshake.",
		func(h *hooks) { h.closeTCP = (*endpoint).linger }),
	server("fail-tcp-open", "rfc6455/7.1.7/close-tcp",
		"Leaves the TCP connection open after failing it with a close frame.",
		func(h *hooks) {
			h.fail = func(e *endpoint, v *Violation) {
				if e.sendClose(v.Code, v.Text) == nil {
					e.linger()
				}
			}
		}),
	both("fail-then-pong", "rfc6455/7.1.7/stop",
		"Sends a close frame on a protocol error, and then answers pings.",
		failThen(func(h wsproto.Header) bool { return !isControl(h.Opcode) })),
	server("fail-silent-open", "rfc6455/7.1.7/close-tcp",
		"Stops on a protocol error, without a close frame and without closing.",
		func(h *hooks) { h.fail = func(e *endpoint, _ *Violation) { e.linger() } }),
}

// acceptsCode returns the mutant that takes close codes which may not be sent,
// and answers with the same.
func acceptsCode(from, to uint16, name string, clause oracle.ClauseID) mutant {
	return both("accept-code-"+name, clause, "Takes the close code "+name+", and answers with the same.",
		overlooksIf(func(_ *endpoint, b []byte) bool {
			code := binary.BigEndian.Uint16(b)
			return code >= from && code <= to
		}, ruleCloseCode))
}

// closesWith returns the mutant that gives all its close frames one code.
func closesWith(code wsproto.CloseCode, clause oracle.ClauseID) mutant {
	return both(fmt.Sprintf("close-code-%d", code), clause, fmt.Sprintf("Sends close frames with code %d.", code),
		sends(on(wsproto.OpClose, func(f *wsproto.Frame) { setPayload(f, wsproto.AppendClose(nil, code, "")) })))
}

// ofServer returns the mutant as one of servers alone.
func ofServer(m mutant) mutant {
	m.Roles = []wsproto.Role{wsproto.Server}
	return m
}

// answerIf answers the chosen close frames and ignores the others.
func answerIf(chosen func(*endpoint, wsproto.ClosePayload) bool) func(*endpoint, wsproto.ClosePayload) error {
	return func(e *endpoint, p wsproto.ClosePayload) error {
		if !chosen(e, p) {
			return nil
		}
		return e.replyClose(p)
	}
}

// failThen sends the close frame of a failed connection and then continues after the
// wrong frame, whose end has to be known from its header. It leaves out the frames that
// skip reports.
func failThen(skip func(h wsproto.Header) bool) change {
	return func(h *hooks) {
		failed := false
		h.survive = func(e *endpoint, err error) bool {
			var v *Violation
			header, n := wsproto.ParseHeader(e.buffered())
			if !errors.As(err, &v) || v.Code != wsproto.CloseProtocolError || n == 0 {
				return false
			}
			e.take(n)
			if e.sendClose(v.Code, v.Text) != nil || e.discard(header.Length) != nil {
				return false
			}
			e.sentClose, failed = false, true
			e.opcode = 0
			return true
		}
		h.skip = func(_ *endpoint, h wsproto.Header) bool { return failed && skip(h) }
	}
}

// linger keeps the connection open and reads on, until the peer ends it or the idle time
// is over.
func (e *endpoint) linger() error {
	if err := e.settle(); err != nil {
		return err
	}
	if err := e.conn.SetReadDeadline(time.Now().Add(e.IdleTimeout)); err != nil {
		return err
	}
	for {
		if _, err := e.conn.Read(e.in); err != nil {
			return nil
		}
	}
}
