package reference

import (
	"bytes"
	"regexp"
	"slices"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/wscheck/wscheck/wsproto"
)

// textMutants break RFC 6455 8.1 and 5.6.
var textMutants = []mutant{
	both("accept-text-not-utf8", "rfc6455/8.1/utf8-fail",
		"Does not look at text.",
		checksText(func(*endpoint) error { return nil })),
	both("accept-text-cut", "rfc6455/8.1/utf8-fail",
		"Takes text that ends within a code point.",
		overlooks(ruleTextCut)),
	both("accept-text-surrogates", "rfc6455/8.1/utf8-fail",
		"Takes surrogates, U+D800 to U+DFFF, in text.",
		checksText(utf8But(surrogateForm))),
	both("accept-text-overlong", "rfc6455/8.1/utf8-fail",
		"Takes code points in more octets than they need.",
		checksText(utf8But(overlongForm))),
	both("accept-text-beyond", "rfc6455/8.1/utf8-fail",
		"Takes code points above U+10FFFF.",
		checksText(utf8But(beyondForm))),
	both("accept-text-fragmented", "rfc6455/8.1/utf8-fail",
		"Looks at text that comes in one frame alone.",
		checksText(func(e *endpoint) error {
			if e.frames > 1 {
				return nil
			}
			return e.checkText(true)
		})),
	both("accept-text-at-fragment", "rfc6455/8.1/utf8-fail",
		"Forgets a code point that is not complete where a fragment ends.",
		func(h *hooks) {
			h.frame = func(e *endpoint, h wsproto.Header, _ int) error {
				if !h.Fin {
					e.text = textChecker{}
				}
				return nil
			}
		}),
	both("accept-text-at-ping", "rfc6455/8.1/utf8-fail",
		"Forgets a code point that is not complete when a ping comes.",
		pongs(func(e *endpoint, payload []byte) error {
			e.text = textChecker{}
			return e.sendPong(payload)
		})),
	both("refuse-text-at-pong", "wscheck/stay",
		"Forgets a code point that is not complete when a pong comes, and refuses the rest of it.",
		func(h *hooks) {
			h.ponged = func(e *endpoint, _ []byte) error {
				e.text = textChecker{}
				return nil
			}
		}),
	both("accept-text-later", "rfc6455/8.1/utf8-fail",
		"Looks at the first text message alone.",
		func(h *hooks) {
			texts := 0
			checksText(func(e *endpoint) error {
				if texts++; texts > 1 {
					return nil
				}
				return e.checkText(true)
			})(h)
		}),
	both("accept-text-long", "rfc6455/8.1/utf8-fail",
		"Looks at the first 64 octets of a text alone.",
		checksText(looksAtFirst(64))),
	both("accept-text-late", "rfc6455/8.1/utf8-fail",
		"Looks at the first 64 KiB of a text alone.",
		checksText(looksAtFirst(64<<10))),
	both("accept-text-after-40s", "rfc6455/8.1/utf8-fail",
		"Looks at text in the first 40 seconds of a connection alone.",
		func(h *hooks) {
			var opened time.Time
			h.opened = func(*endpoint) { opened = time.Now() }
			checksText(func(e *endpoint) error {
				if time.Since(opened) > 40*time.Second {
					return nil
				}
				return e.checkText(true)
			})(h)
		}),
	both("accept-text-repaired", "rfc6455/8.1/utf8-fail",
		"Echoes text with U+FFFD for what is not UTF-8.",
		checksText(func(*endpoint) error { return nil }),
		echoes(echoText(func(p []byte) []byte { return bytes.ToValidUTF8(p, []byte("\ufffd")) }))),
	both("send-text-not-utf8", "rfc6455/5.6/text-utf8",
		"Echoes text and binary messages as text.",
		echoes(echoAs(textAlways))),
	both("send-text-latin1", "rfc6455/5.6/text-utf8",
		"Echoes text in Latin-1 where that is possible.",
		echoes(echoText(latin1))),
	both("send-text-surrogates", "rfc6455/5.6/text-utf8",
		"Echoes code points above U+FFFF as two surrogates of three octets each.",
		echoes(echoText(surrogates))),
}

// The octet sequences that one rule of RFC 3629 alone forbids, and what takes
// their place for a checker that does not know that rule. They are of bytes, as
// regular expressions see Latin-1 text.
var (
	surrogateForm = regexp.MustCompile(`\x{ed}[\x{a0}-\x{bf}][\x{80}-\x{bf}]`)
	overlongForm  = regexp.MustCompile(`[\x{c0}\x{c1}][\x{80}-\x{bf}]|\x{e0}[\x{80}-\x{9f}][\x{80}-\x{bf}]|` +
		`\x{f0}[\x{80}-\x{8f}][\x{80}-\x{bf}]{2}`)
	beyondForm = regexp.MustCompile(`\x{f4}[\x{90}-\x{bf}][\x{80}-\x{bf}]{2}|[\x{f5}-\x{f7}][\x{80}-\x{bf}]{3}`)
)

// isUTF8But reports whether text is UTF-8 but for octets of a form.
func isUTF8But(form *regexp.Regexp, text []byte) bool {
	wide := make([]rune, len(text))
	for i, c := range text {
		wide[i] = rune(c)
	}
	var narrow []byte
	for _, r := range form.ReplaceAllString(string(wide), "") {
		narrow = append(narrow, byte(r))
	}
	return utf8.Valid(narrow)
}

// utf8But checks that text is UTF-8 but for octets of a form.
func utf8But(form *regexp.Regexp) func(*endpoint) error {
	return func(e *endpoint) error {
		if isUTF8But(form, e.msg) {
			return nil
		}
		return e.violates(ruleText, 0)
	}
}

// checksText replaces the check of text, which then takes place at its end.
func checksText(check func(e *endpoint) error) change {
	return func(h *hooks) {
		h.text = func(e *endpoint, end bool) error {
			if !end {
				return nil
			}
			return check(e)
		}
	}
}

// looksAtFirst checks that the first n octets of a text are, or can be the
// beginning of, UTF-8.
func looksAtFirst(n int) func(*endpoint) error {
	return func(e *endpoint) error {
		if utf8.Valid(e.msg[:min(len(e.msg), n)]) || len(e.msg) > n && validPrefix(e.msg[:n]) {
			return nil
		}
		return e.violates(ruleText, 0)
	}
}

// validPrefix reports whether b can be the beginning of UTF-8.
func validPrefix(b []byte) bool {
	for i := range min(utf8.UTFMax, len(b)) {
		if utf8.Valid(b[:len(b)-i]) {
			return true
		}
	}
	return false
}

// latin1 returns text in Latin-1, or as it is where it has other characters.
func latin1(text []byte) []byte {
	var out []byte
	for _, r := range string(text) {
		if r > 0xff {
			return text
		}
		out = append(out, byte(r))
	}
	return out
}

// surrogates returns text in CESU-8.
func surrogates(text []byte) []byte {
	var out bytes.Buffer
	for _, r := range string(text) {
		if r <= 0xffff {
			out.WriteRune(r)
			continue
		}
		r -= 1 << 16
		for _, s := range []rune{0xd800 | r>>10, 0xdc00 | r&0x3ff} {
			out.Write([]byte{0xe0 | byte(s>>12), 0x80 | byte(s>>6&0x3f), 0x80 | byte(s&0x3f)})
		}
	}
	return out.Bytes()
}

// echoMutants break what an echo endpoint has to do.
var echoMutants = []mutant{
	both("echo-missing", "wscheck/echo-missing",
		"Echoes nothing.",
		echoes(echoUnless(func(*endpoint, []byte) bool { return true }))),
	both("echo-missing-empty", "wscheck/echo-missing",
		"Does not echo empty messages.",
		echoes(echoUnless(func(_ *endpoint, p []byte) bool { return len(p) == 0 }))),
	both("echo-missing-second", "wscheck/echo-missing",
		"Does not echo every second message.",
		echoes(echoUnless(func(e *endpoint, _ []byte) bool { return e.count%2 == 0 }))),
	both("echo-missing-1024th", "wscheck/echo-order",
		"Does not echo the 1024th message of a connection.",
		echoes(echoUnless(func(e *endpoint, _ []byte) bool { return e.count == 1024 }))),
	both("echo-missing-65536", "wscheck/echo-missing",
		"Does not echo messages of 65536 octets and more.",
		echoes(echoUnless(func(_ *endpoint, p []byte) bool { return len(p) > 0xffff }))),
	both("echo-missing-126", "wscheck/echo-missing",
		"Does not echo messages of 126 octets.",
		echoes(echoUnless(func(_ *endpoint, p []byte) bool { return len(p) == 126 }))),
	both("echo-missing-fragmented", "wscheck/echo-missing",
		"Does not echo messages that come in fragments.",
		echoes(echoUnless(func(e *endpoint, _ []byte) bool { return e.frames > 1 }))),
	both("echo-twice", "wscheck/echo-extra",
		"Echoes each message twice.",
		echoes(func(e *endpoint, op wsproto.Opcode, payload []byte) error {
			if err := e.reply(op, bytes.Clone(payload)); err != nil {
				return err
			}
			return e.reply(op, payload)
		})),
	both("echo-again-at-close", "wscheck/echo-extra",
		"Sends the last message a second time before it answers a close frame.",
		func(h *hooks) {
			var op wsproto.Opcode
			var last []byte
			h.echo = func(e *endpoint, o wsproto.Opcode, payload []byte) error {
				op, last = o, bytes.Clone(payload)
				return e.reply(o, payload)
			}
			h.close = func(e *endpoint, p wsproto.ClosePayload) error {
				if op != 0 {
					if err := e.reply(op, last); err != nil {
						return err
					}
				}
				return e.replyClose(p)
			}
		}),
	both("echo-greeting", "wscheck/echo-extra",
		"Sends a message of its own before the first echo.",
		echoes(func(e *endpoint, op wsproto.Opcode, payload []byte) error {
			if e.count == 1 {
				if err := e.reply(wsproto.OpText, []byte("Welcome!")); err != nil {
					return err
				}
			}
			return e.reply(op, payload)
		})),
	both("echo-order", "wscheck/echo-order",
		"Echoes the second message before the first, and so on.",
		echoesSwapped),
	both("echo-fragments", "wscheck/echo-content",
		"Echoes the last fragment of a message alone.",
		func(h *hooks) {
			h.frame = func(e *endpoint, _ wsproto.Header, from int) error {
				if e.frames > 1 {
					e.msg = append(e.msg[:0], e.msg[from:]...)
					e.checked = len(e.msg)
				}
				return nil
			}
		}),
	both("echo-first-fragment", "wscheck/echo-content",
		"Echoes the first fragment of a message alone.",
		func(h *hooks) {
			h.frame = func(e *endpoint, _ wsproto.Header, from int) error {
				if e.frames > 1 {
					e.msg, e.checked = e.msg[:from], from
				}
				return nil
			}
		}),
	both("echo-appended", "wscheck/echo-content",
		"Keeps the message before, and echoes both.",
		func(h *hooks) {
			var kept []byte
			h.echo = func(e *endpoint, op wsproto.Opcode, payload []byte) error {
				kept = append(kept, payload...)
				return e.reply(op, bytes.Clone(kept))
			}
		}),
	both("echo-residue", "wscheck/echo-content",
		"Leaves what is longer of the message before at the end.",
		func(h *hooks) { h.echo = echoOf(withResidue()) }),
	both("echo-stale", "wscheck/echo-content",
		"Echoes the first message again and again.",
		func(h *hooks) {
			var first []byte
			h.echo = echoOf(func(e *endpoint, p []byte) []byte {
				if e.count == 1 {
					first = bytes.Clone(p)
				}
				return bytes.Clone(first)
			})
		}),
	both("echo-in-units", "wscheck/echo-content",
		"Encodes text in pieces of 4096 units of UTF-16, so that a character across two of them becomes U+FFFD twice.",
		echoes(echoText(func(p []byte) (text []byte) {
			for piece := range slices.Chunk(utf16.Encode([]rune(string(p))), 4096) {
				text = append(text, string(utf16.Decode(piece))...)
			}
			return text
		}))),
	both("echo-truncated", "wscheck/echo-content",
		"Leaves out the last octet.",
		echoes(echoOf(func(_ *endpoint, p []byte) []byte { return p[:max(0, len(p)-1)] }))),
	both("echo-truncated-125", "wscheck/echo-content",
		"Cuts a message of 126 octets to 125.",
		echoes(echoOf(cutAt(126, 125)))),
	both("echo-truncated-126", "wscheck/echo-content",
		"Cuts a message of 127 octets to 126.",
		echoes(echoOf(cutAt(127, 126)))),
	both("echo-truncated-65535", "wscheck/echo-content",
		"Cuts a message of 65536 octets to 65535.",
		echoes(echoOf(cutAt(65536, 65535)))),
	both("echo-truncated-0", "wscheck/echo-content",
		"Echoes a message of 65536 octets as an empty one.",
		echoes(echoOf(cutAt(65536, 0)))),
	both("echo-trailing", "wscheck/echo-content",
		"Adds a line feed.",
		echoes(echoOf(func(_ *endpoint, p []byte) []byte { return append(p, '\n') }))),
	both("echo-nul-terminated", "wscheck/echo-content",
		"Ends a message before the first octet of 0.",
		echoes(echoOf(func(_ *endpoint, p []byte) []byte {
			before, _, _ := bytes.Cut(p, []byte{0})
			return before
		}))),
	both("echo-uppercase", "wscheck/echo-content",
		"Echoes in upper case.",
		echoes(echoOf(func(_ *endpoint, p []byte) []byte { return upperASCII(p) }))),
	both("echo-without-bom", "wscheck/echo-content",
		"Leaves out a byte order mark at the beginning.",
		echoes(echoText(func(p []byte) []byte {
			return bytes.TrimPrefix(p, []byte("\ufeff"))
		}))),
	both("echo-without-lf", "wscheck/echo-content",
		"Leaves out a line feed at the end of a text.",
		echoes(echoText(func(p []byte) []byte { return bytes.TrimSuffix(p, []byte("\n")) }))),
	both("echo-trimmed", "wscheck/echo-content",
		"Leaves out white space at the beginning of a text.",
		echoes(echoText(func(p []byte) []byte { return bytes.TrimLeft(p, " \t") }))),
	both("echo-crlf", "wscheck/echo-content",
		"Echoes CRLF as LF in text.",
		echoes(echoText(func(p []byte) []byte {
			return bytes.ReplaceAll(p, []byte("\r\n"), []byte("\n"))
		}))),
	both("echo-composed", "wscheck/echo-content",
		"Composes a letter and the accent that follows it.",
		echoes(echoText(func(p []byte) []byte {
			return bytes.ReplaceAll(p, []byte("e\u0301"), []byte("\u00e9"))
		}))),
	both("echo-flipped-bit", "wscheck/echo-content",
		"Flips a bit in the middle of messages of 4096 octets and more.",
		echoes(echoOf(func(_ *endpoint, p []byte) []byte {
			if len(p) >= 4096 {
				p[len(p)/2] ^= 1
			}
			return p
		}))),
	both("echo-type-swapped", "wscheck/echo-type",
		"Echoes text as binary.",
		echoes(echoAs(func(*endpoint, wsproto.Opcode) wsproto.Opcode { return wsproto.OpBinary }))),
	both("echo-type-kept", "wscheck/echo-type",
		"Echoes all messages with the type of the first.",
		func(h *hooks) {
			var first wsproto.Opcode
			h.echo = echoAs(func(e *endpoint, op wsproto.Opcode) wsproto.Opcode {
				if e.count == 1 {
					first = op
				}
				return first
			})
		}),
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

// echoesSwapped holds every other message back until the next is echoed.
func echoesSwapped(h *hooks) {
	var held []byte
	var heldOp wsproto.Opcode
	h.echo = func(e *endpoint, op wsproto.Opcode, payload []byte) error {
		if e.count%2 == 1 {
			heldOp, held = op, slices.Clone(payload)
			return nil
		}
		if err := e.reply(op, payload); err != nil {
			return err
		}
		return e.reply(heldOp, held)
	}
}
