package reference

import (
	"bytes"

	"github.com/wscheck/wscheck/wsproto"
)

// controlMutants break RFC 6455 5.5, 5.5.2 and 5.5.3.
var controlMutants = []mutant{
	{Mutant: Mutant{Name: "accept-fragmented-close", Clause: "rfc6455/5.5/control-fragmented-fail", Roles: inBoth,
		Text: "Takes close frames without FIN."}, fault: acceptFragmentedClose},
	{Mutant: Mutant{Name: "accept-fragmented-ping", Clause: "rfc6455/5.5/control-fragmented-fail", Roles: inBoth,
		Text: "Takes pings without FIN."}, fault: acceptFragmentedPing},
	{Mutant: Mutant{Name: "accept-fragmented-pong", Clause: "rfc6455/5.5/control-fragmented-fail", Roles: inBoth,
		Text: "Takes pongs without FIN."}, fault: acceptFragmentedPong},
	{Mutant: Mutant{Name: "accept-long-close", Clause: "rfc6455/5.5/control-length-fail", Roles: inBoth,
		Text: "Takes close frames of more than 125 octets."}, fault: acceptLongClose},
	{Mutant: Mutant{Name: "accept-long-ping", Clause: "rfc6455/5.5/control-length-fail", Roles: inBoth,
		Text: "Takes pings of more than 125 octets, and answers with their first 125."}, fault: acceptLongPing},
	{Mutant: Mutant{Name: "accept-long-pong", Clause: "rfc6455/5.5/control-length-fail", Roles: inBoth,
		Text: "Takes pongs of more than 125 octets."}, fault: acceptLongPong},
	{Mutant: Mutant{Name: "accept-control-126", Clause: "rfc6455/5.5/control-length-fail", Roles: inBoth,
		Text: "Takes control frames of 126 octets, and of no more."}, fault: acceptControl126},

	{Mutant: Mutant{Name: "pong-missing", Clause: "rfc6455/5.5.2/pong", Roles: inBoth,
		Text: "Answers no ping."}, pong: pongUnless(func(*endpoint, []byte) bool { return true })},
	{Mutant: Mutant{Name: "pong-missing-empty", Clause: "rfc6455/5.5.2/pong", Roles: inBoth,
		Text: "Does not answer pings without payload."}, pong: pongUnless(func(_ *endpoint, p []byte) bool { return len(p) == 0 })},
	{Mutant: Mutant{Name: "pong-missing-125", Clause: "rfc6455/5.5.2/pong", Roles: inBoth,
		Text: "Does not answer pings of 125 octets."}, pong: pongUnless(func(_ *endpoint, p []byte) bool { return len(p) == maxControl })},
	{Mutant: Mutant{Name: "pong-missing-in-message", Clause: "rfc6455/5.5.2/pong", Roles: inBoth,
		Text: "Does not answer pings inside a fragmented message."}, pong: pongUnless(func(e *endpoint, _ []byte) bool { return e.opcode != 0 })},
	{Mutant: Mutant{Name: "pong-missing-binary", Clause: "rfc6455/5.5.2/pong", Roles: inBoth,
		Text: "Does not answer pings with octets above 127."}, pong: pongUnless(func(_ *endpoint, p []byte) bool {
		return bytes.ContainsFunc(p, func(r rune) bool { return r > 127 })
	})},
	{Mutant: Mutant{Name: "pong-once", Clause: "rfc6455/5.5.2/pong", Roles: inBoth,
		Text: "Answers the first ping alone."}, pong: pongUnless(func(e *endpoint, _ []byte) bool {
		e.memory.pings++
		return e.memory.pings > 1
	})},
	{Mutant: Mutant{Name: "pong-as-ping", Clause: "rfc6455/5.5.2/pong", Roles: inBoth,
		Text: "Answers pings with pings."}, frame: on(wsproto.OpPong, func(f *wsproto.Frame) { f.Opcode = wsproto.OpPing })},
	{Mutant: Mutant{Name: "pong-as-text", Clause: "rfc6455/5.5.2/pong", Roles: inBoth,
		Text: "Answers pings with text messages."}, frame: on(wsproto.OpPong, func(f *wsproto.Frame) { f.Opcode = wsproto.OpText })},
	{Mutant: Mutant{Name: "pong-empty", Clause: "rfc6455/5.5.3/pong-payload", Roles: inBoth,
		Text: "Answers with empty pongs."}, pong: pongOf(func(*endpoint, []byte) []byte { return nil })},
	{Mutant: Mutant{Name: "pong-truncated", Clause: "rfc6455/5.5.3/pong-payload", Roles: inBoth,
		Text: "Leaves out the last octet of a pong."}, pong: pongOf(func(_ *endpoint, p []byte) []byte { return p[:max(0, len(p)-1)] })},
	{Mutant: Mutant{Name: "pong-truncated-124", Clause: "rfc6455/5.5.3/pong-payload", Roles: inBoth,
		Text: "Answers with 124 octets at most."}, pong: pongOf(func(_ *endpoint, p []byte) []byte { return p[:min(len(p), maxControl-1)] })},
	{Mutant: Mutant{Name: "pong-trailing", Clause: "rfc6455/5.5.3/pong-payload", Roles: inBoth,
		Text: "Adds an octet to short pongs."}, pong: pongOf(func(_ *endpoint, p []byte) []byte {
		return append(p, make([]byte, min(1, maxControl-len(p)))...)
	})},
	{Mutant: Mutant{Name: "pong-uppercase", Clause: "rfc6455/5.5.3/pong-payload", Roles: inBoth,
		Text: "Answers in upper case."}, pong: pongOf(func(_ *endpoint, p []byte) []byte { return upperASCII(p) })},
	{Mutant: Mutant{Name: "pong-nul-terminated", Clause: "rfc6455/5.5.3/pong-payload", Roles: inBoth,
		Text: "Ends a pong before the first octet of 0."}, pong: pongOf(func(_ *endpoint, p []byte) []byte {
		before, _, _ := bytes.Cut(p, []byte{0})
		return before
	})},
	{Mutant: Mutant{Name: "pong-stale", Clause: "rfc6455/5.5.3/pong-payload", Roles: inBoth,
		Text: "Answers with the payload of the ping before."}, pong: pongOf(func(e *endpoint, p []byte) []byte {
		previous := e.memory.ping
		e.memory.ping = bytes.Clone(p)
		return previous
	})},
	{Mutant: Mutant{Name: "pong-residue", Clause: "rfc6455/5.5.3/pong-payload", Roles: inBoth,
		Text: "Leaves what is longer of the ping before at the end of a pong."}, pong: pongOf(func(e *endpoint, p []byte) []byte {
		if n := len(p); n < len(e.memory.ping) {
			p = append(p, e.memory.ping[n:]...)
		}
		e.memory.ping = bytes.Clone(p)
		return p
	})},

	{Mutant: Mutant{Name: "send-fragmented-pong", Clause: "rfc6455/5.5/control-fragmented", Roles: inBoth,
		Text: "Sends pongs in two fragments."}, frame: sendFragmented(wsproto.OpPong)},
	{Mutant: Mutant{Name: "send-fragmented-close", Clause: "rfc6455/5.5/control-fragmented", Roles: inBoth,
		Text: "Sends close frames in two fragments."}, frame: sendFragmented(wsproto.OpClose)},
	{Mutant: Mutant{Name: "send-unfinished-ping", Clause: "rfc6455/5.5/control-fragmented", Roles: inBoth,
		Text: "Sends a ping without FIN before each message."}, echo: controlBeforeEcho(false, 4)},
	{Mutant: Mutant{Name: "send-long-pong", Clause: "rfc6455/5.5/control-length", Roles: inBoth,
		Text: "Fills pongs up to 126 octets."}, frame: on(wsproto.OpPong, fillTo126)},
	{Mutant: Mutant{Name: "send-long-pong-of-125", Clause: "rfc6455/5.5/control-length", Roles: inBoth,
		Text: "Answers a ping of 125 octets with 126."}, frame: where(func(f *wsproto.Frame) bool {
		return f.Opcode == wsproto.OpPong && f.Length == maxControl
	}, fillTo126)},
	{Mutant: Mutant{Name: "send-long-close", Clause: "rfc6455/5.5/control-length", Roles: inBoth,
		Text: "Fills close frames up to 126 octets."}, frame: on(wsproto.OpClose, func(f *wsproto.Frame) {
		if f.Length >= 2 {
			fillTo126(f)
		}
	})},
	{Mutant: Mutant{Name: "send-long-ping", Clause: "rfc6455/5.5/control-length", Roles: inBoth,
		Text: "Sends a ping of 126 octets before each message."}, echo: controlBeforeEcho(true, maxControl+1)},
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

// upperASCII returns b with its ASCII letters in upper case.
func upperASCII(b []byte) []byte {
	b = bytes.Clone(b)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return b
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
			return e.putRaw(f)
		}
		first, last := f, f
		first.Fin = false
		setPayload(&first, f.Payload[:len(f.Payload)/2])
		last.Opcode = wsproto.OpContinuation
		setPayload(&last, f.Payload[len(f.Payload)/2:])
		if err := e.putRaw(first); err != nil {
			return err
		}
		return e.putRaw(last)
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
