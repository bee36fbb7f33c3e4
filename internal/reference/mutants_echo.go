package reference

import (
	"bytes"
	"slices"

	"github.com/wscheck/wscheck/wsproto"
)

// echoMutants break what an echo endpoint is told to do.
var echoMutants = []mutant{
	{Mutant: Mutant{Name: "echo-missing", Clause: "wscheck/echo-missing", Roles: inBoth,
		Text: "Echoes nothing."}, echo: echoUnless(func(*endpoint, []byte) bool { return true })},
	{Mutant: Mutant{Name: "echo-missing-empty", Clause: "wscheck/echo-missing", Roles: inBoth,
		Text: "Does not echo empty messages."}, echo: echoUnless(func(_ *endpoint, p []byte) bool { return len(p) == 0 })},
	{Mutant: Mutant{Name: "echo-missing-second", Clause: "wscheck/echo-missing", Roles: inBoth,
		Text: "Does not echo every second message."}, echo: echoUnless(func(e *endpoint, _ []byte) bool { return e.count%2 == 0 })},
	{Mutant: Mutant{Name: "echo-missing-65536", Clause: "wscheck/echo-missing", Roles: inBoth,
		Text: "Does not echo messages of 65536 octets and more."}, echo: echoUnless(func(_ *endpoint, p []byte) bool { return len(p) > 0xffff })},
	{Mutant: Mutant{Name: "echo-missing-126", Clause: "wscheck/echo-missing", Roles: inBoth,
		Text: "Does not echo messages of 126 octets."}, echo: echoUnless(func(_ *endpoint, p []byte) bool { return len(p) == 126 })},
	{Mutant: Mutant{Name: "echo-missing-fragmented", Clause: "wscheck/echo-missing", Roles: inBoth,
		Text: "Does not echo messages that come in fragments."}, echo: echoUnless(func(e *endpoint, _ []byte) bool { return e.memory.fragments > 1 })},
	{Mutant: Mutant{Name: "echo-twice", Clause: "wscheck/echo-extra", Roles: inBoth,
		Text: "Echoes each message twice."}, echo: func(e *endpoint, op wsproto.Opcode, payload []byte) error {
		if err := e.reply(op, bytes.Clone(payload)); err != nil {
			return err
		}
		return e.reply(op, payload)
	}},
	{Mutant: Mutant{Name: "echo-greeting", Clause: "wscheck/echo-extra", Roles: inBoth,
		Text: "Sends a message of its own before the first echo."}, echo: func(e *endpoint, op wsproto.Opcode, payload []byte) error {
		if e.count == 1 {
			if err := e.reply(wsproto.OpText, []byte("Welcome!")); err != nil {
				return err
			}
		}
		return e.reply(op, payload)
	}},
	{Mutant: Mutant{Name: "echo-order", Clause: "wscheck/echo-order", Roles: inBoth,
		Text: "Echoes the second message before the first, and so on."}, echo: echoSwapped},
	{Mutant: Mutant{Name: "echo-fragments", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Echoes the last fragment of a message alone."}, fault: echoLastFragment},
	{Mutant: Mutant{Name: "echo-first-fragment", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Echoes the first fragment of a message alone."}, fault: echoFirstFragment},
	{Mutant: Mutant{Name: "echo-appended", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Keeps the message before, and echoes both."}, fault: keepMessageBefore},
	{Mutant: Mutant{Name: "echo-residue", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Leaves what is longer of the message before at the end."}, echo: echoOf(func(e *endpoint, p []byte) []byte {
		if n := len(p); n < len(e.memory.message) {
			p = append(p, e.memory.message[n:]...)
		}
		e.memory.message = bytes.Clone(p)
		return p
	})},
	{Mutant: Mutant{Name: "echo-stale", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Echoes the first message again and again."}, echo: echoOf(func(e *endpoint, p []byte) []byte {
		if e.count == 1 {
			e.memory.message = bytes.Clone(p)
		}
		return bytes.Clone(e.memory.message)
	})},
	{Mutant: Mutant{Name: "echo-truncated", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Leaves out the last octet."}, echo: echoOf(func(_ *endpoint, p []byte) []byte { return p[:max(0, len(p)-1)] })},
	{Mutant: Mutant{Name: "echo-truncated-125", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Cuts a message of 126 octets to 125."}, echo: echoOf(cutAt(126, 125))},
	{Mutant: Mutant{Name: "echo-truncated-126", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Cuts a message of 127 octets to 126."}, echo: echoOf(cutAt(127, 126))},
	{Mutant: Mutant{Name: "echo-truncated-65535", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Cuts a message of 65536 octets to 65535."}, echo: echoOf(cutAt(65536, 65535))},
	{Mutant: Mutant{Name: "echo-truncated-0", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Echoes a message of 65536 octets as an empty one."}, echo: echoOf(cutAt(65536, 0))},
	{Mutant: Mutant{Name: "echo-trailing", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Adds a line feed."}, echo: echoOf(func(_ *endpoint, p []byte) []byte { return append(p, '\n') })},
	{Mutant: Mutant{Name: "echo-nul-terminated", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Ends a message before the first octet of 0."}, echo: echoOf(func(_ *endpoint, p []byte) []byte {
		before, _, _ := bytes.Cut(p, []byte{0})
		return before
	})},
	{Mutant: Mutant{Name: "echo-uppercase", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Echoes in upper case."}, echo: echoOf(func(_ *endpoint, p []byte) []byte { return upperASCII(p) })},
	{Mutant: Mutant{Name: "echo-without-bom", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Leaves out a byte order mark at the beginning."}, echo: echoText(func(p []byte) []byte {
		return bytes.TrimPrefix(p, []byte("\ufeff"))
	})},
	{Mutant: Mutant{Name: "echo-without-lf", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Leaves out a line feed at the end of a text."}, echo: echoText(func(p []byte) []byte { return bytes.TrimSuffix(p, []byte("\n")) })},
	{Mutant: Mutant{Name: "echo-trimmed", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Leaves out white space at the beginning of a text."}, echo: echoText(func(p []byte) []byte { return bytes.TrimLeft(p, " \t") })},
	{Mutant: Mutant{Name: "echo-crlf", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Echoes CRLF as LF in text."}, echo: echoText(func(p []byte) []byte {
		return bytes.ReplaceAll(p, []byte("\r\n"), []byte("\n"))
	})},
	{Mutant: Mutant{Name: "echo-flipped-bit", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Flips a bit in the middle of messages of 4096 octets and more."}, echo: echoOf(func(_ *endpoint, p []byte) []byte {
		if len(p) >= 4096 {
			p[len(p)/2] ^= 1
		}
		return p
	})},
	{Mutant: Mutant{Name: "echo-type-swapped", Clause: "wscheck/echo-type", Roles: inBoth,
		Text: "Echoes text as binary."}, echo: echoAs(func(*endpoint, wsproto.Opcode) wsproto.Opcode { return wsproto.OpBinary })},
	{Mutant: Mutant{Name: "echo-type-kept", Clause: "wscheck/echo-type", Roles: inBoth,
		Text: "Echoes all messages with the type of the first."}, echo: echoAs(func(e *endpoint, op wsproto.Opcode) wsproto.Opcode {
		if e.count == 1 {
			e.memory.opcode = op
		}
		return e.memory.opcode
	})},
}

// textAlways gives every echo the type of text.
func textAlways(*endpoint, wsproto.Opcode) wsproto.Opcode { return wsproto.OpText }

// echoHook echoes a message.
type echoHook = func(e *endpoint, op wsproto.Opcode, payload []byte) error

// echoUnless echoes messages, but for those chosen.
func echoUnless(chosen func(e *endpoint, payload []byte) bool) echoHook {
	return func(e *endpoint, op wsproto.Opcode, payload []byte) error {
		if chosen(e, payload) {
			return nil
		}
		return e.reply(op, payload)
	}
}

// echoOf echoes another payload.
func echoOf(payload func(e *endpoint, p []byte) []byte) echoHook {
	return func(e *endpoint, op wsproto.Opcode, p []byte) error { return e.reply(op, payload(e, p)) }
}

// echoText echoes another payload for text.
func echoText(payload func(p []byte) []byte) echoHook {
	return func(e *endpoint, op wsproto.Opcode, p []byte) error {
		if op == wsproto.OpText {
			p = payload(p)
		}
		return e.reply(op, p)
	}
}

// echoAs echoes with another type.
func echoAs(opcode func(*endpoint, wsproto.Opcode) wsproto.Opcode) echoHook {
	return func(e *endpoint, op wsproto.Opcode, payload []byte) error {
		return e.reply(opcode(e, op), payload)
	}
}

// cutAt cuts payloads of size octets to n.
func cutAt(size, n int) func(*endpoint, []byte) []byte {
	return func(_ *endpoint, p []byte) []byte {
		if len(p) == size {
			return p[:n]
		}
		return p
	}
}

// echoSwapped holds every other message back until the next is echoed.
func echoSwapped(e *endpoint, op wsproto.Opcode, payload []byte) error {
	if e.count%2 == 1 {
		e.memory.opcode, e.memory.message = op, slices.Clone(payload)
		return nil
	}
	if err := e.reply(op, payload); err != nil {
		return err
	}
	return e.reply(e.memory.opcode, e.memory.message)
}
