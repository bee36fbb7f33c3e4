package reference

import (
	"github.com/wscheck/wscheck/wsproto"
)

// framingMutants break RFC 6455 5.2 and 6.1.
var framingMutants = []mutant{
	both("http-instead-of-echo", "rfc6455/6.1/framed",
		"Sends HTTP instead of the first echo.",
		echoes(httpFirst)),
	both("accept-rsv1", "rfc6455/5.2/rsv-fail",
		"Takes frames with RSV1 where nothing defines it.",
		overlooks(ruleRSV1)),
	both("accept-rsv2", "rfc6455/5.2/rsv-fail",
		"Takes frames with RSV2.",
		overlooks(ruleRSV2)),
	both("accept-rsv3", "rfc6455/5.2/rsv-fail",
		"Takes frames with RSV3.",
		overlooks(ruleRSV3)),
	both("accept-rsv-long", "rfc6455/5.2/rsv-fail",
		"Looks at the reserved bits of frames of at most 125 octets alone.",
		overlooksIf(func(_ *endpoint, b []byte) bool { return b[1]&maskLength > maxControl }, ruleRSV2, ruleRSV3)),
	both("accept-rsv-after-long", "rfc6455/5.2/rsv-fail",
		"Takes frames with RSV2 and RSV3 after a message of more than 64 KiB.",
		overlooksIf(func(e *endpoint, _ []byte) bool { return e.opcode == 0 && e.wire > 64<<10 }, ruleRSV2, ruleRSV3)),
	both("accept-rsv1-fourth", "rfc6455/5.2/rsv-fail",
		"Takes RSV1 from the fourth frame of a message on, though no extension is in use.",
		overlooksIf(func(e *endpoint, _ []byte) bool { return e.opcode != 0 && e.frames > 2 && !e.agreed }, ruleRSV1)),
	both("accept-rsv-after-20", "rfc6455/5.2/rsv-fail",
		"Looks at RSV2 and RSV3 in the first 20 frames of a message alone.",
		overlooksIf(func(e *endpoint, _ []byte) bool { return e.opcode != 0 && e.frames >= 20 }, ruleRSV2, ruleRSV3)),
	both("accept-rsv-control", "rfc6455/5.2/rsv-fail",
		"Looks at the reserved bits of data frames alone.",
		overlooksOn(isControl, ruleRSV1, ruleRSV2, ruleRSV3)),
	both("accept-rsv-pong-within", "rfc6455/5.2/rsv-fail",
		"Takes pongs with any reserved bits within a message.",
		overlooksIf(func(e *endpoint, b []byte) bool { return e.opcode != 0 && opcodeOf(b) == wsproto.OpPong }, ruleRSV1, ruleRSV2, ruleRSV3)),
	both("accept-rsv-continuation", "rfc6455/5.2/rsv-fail",
		"Looks at the reserved bits of a message's first frame alone.",
		overlooksOn(is(wsproto.OpContinuation), ruleRSV1, ruleRSV2, ruleRSV3)),

	acceptsOpcode(3), acceptsOpcode(4), acceptsOpcode(5), acceptsOpcode(6), acceptsOpcode(7),
	acceptsOpcode(0xb), acceptsOpcode(0xc), acceptsOpcode(0xd), acceptsOpcode(0xe), acceptsOpcode(0xf),

	both("accept-non-minimal-16", "rfc6455/5.2/length-minimal-fail",
		"Takes lengths below 126 in 16 bits.",
		overlooks(ruleLength16)),
	both("accept-non-minimal-64", "rfc6455/5.2/length-minimal-fail",
		"Takes lengths below 65536 in 64 bits.",
		overlooks(ruleLength64)),
	both("accept-non-minimal-65535", "rfc6455/5.2/length-minimal-fail",
		"Takes the length 65535, and no other one below 65536, in 64 bits.",
		overlooksIf(func(_ *endpoint, b []byte) bool { return b[8] == 0xff && b[9] == 0xff }, ruleLength64)),
	both("accept-length-top-bit", "rfc6455/5.2/length-63bit-fail",
		"Takes lengths with the most significant bit set, and leaves that out.",
		overlooks(ruleLengthTop), misreads(func(_ *endpoint, h *wsproto.Header) { h.Length &^= 1 << 63 })),
	both("length-16-little-endian", "wscheck/echo-missing",
		"Reads lengths of 16 bits the wrong way round.",
		misreads(func(_ *endpoint, h *wsproto.Header) {
			if h.Form == wsproto.Form16 {
				h.Length = h.Length&0xff<<8 | h.Length>>8
			}
		})),
	both("length-126-as-127", "wscheck/echo-missing",
		"Reads a payload of 126 octets as one of 127.",
		misreads(oneMore(126))),
	both("length-65535-as-65536", "wscheck/echo-missing",
		"Reads a payload of 65535 octets as one of 65536.",
		misreads(oneMore(65535))),

	both("send-rsv1", "rfc6455/5.2/rsv",
		"Sets RSV1 of messages that are not compressed.",
		sends(onFirst(func(f *wsproto.Frame) { f.Rsv |= 4 }))),
	both("send-rsv2", "rfc6455/5.2/rsv",
		"Sets RSV2 of data frames.",
		sends(onData(func(f *wsproto.Frame) { f.Rsv |= 2 }))),
	both("send-rsv3", "rfc6455/5.2/rsv",
		"Sets RSV3 of data frames.",
		sends(onData(func(f *wsproto.Frame) { f.Rsv |= 1 }))),
	both("send-rsv2-pong", "rfc6455/5.2/rsv",
		"Sets RSV2 of pongs.",
		sends(on(wsproto.OpPong, func(f *wsproto.Frame) { f.Rsv |= 2 }))),
	both("send-rsv3-close", "rfc6455/5.2/rsv",
		"Sets RSV3 of close frames.",
		sends(on(wsproto.OpClose, func(f *wsproto.Frame) { f.Rsv |= 1 }))),

	both("send-opcode-3", "rfc6455/5.2/opcode",
		"Sends binary messages with opcode 3.",
		sends(on(wsproto.OpBinary, func(f *wsproto.Frame) { f.Opcode = 3 }))),
	both("send-opcode-7", "rfc6455/5.2/opcode",
		"Sends text messages with opcode 7.",
		sends(on(wsproto.OpText, func(f *wsproto.Frame) { f.Opcode = 7 }))),
	both("send-opcode-b", "rfc6455/5.2/opcode",
		"Sends a frame of opcode 11 before each pong.",
		pongs(opcodeBeforePong(0xb))),
	both("send-opcode-f", "rfc6455/5.2/opcode",
		"Sends a frame of opcode 15 before each pong.",
		pongs(opcodeBeforePong(0xf))),

	both("send-length-16", "rfc6455/5.2/length-minimal",
		"Writes lengths below 126 in 16 bits.",
		sends(lengthForm(0, 125, wsproto.Form16))),
	both("send-length-64", "rfc6455/5.2/length-minimal",
		"Writes all lengths in 64 bits.",
		sends(lengthForm(0, 1<<63, wsproto.Form64))),
	both("send-length-64-from-126", "rfc6455/5.2/length-minimal",
		"Writes lengths from 126 on in 64 bits.",
		sends(lengthForm(126, 1<<63, wsproto.Form64))),
	both("send-length-16-of-125", "rfc6455/5.2/length-minimal",
		"Writes the length 125 in 16 bits.",
		sends(lengthForm(125, 125, wsproto.Form16))),
	both("send-length-64-of-65535", "rfc6455/5.2/length-minimal",
		"Writes the length 65535 in 64 bits.",
		sends(lengthForm(65535, 65535, wsproto.Form64))),
	both("send-length-16-of-125-packed", "rfc6455/5.2/length-minimal",
		"Writes the length 125 of compressed messages in 16 bits.",
		sends(packed(lengthForm(125, 125, wsproto.Form16)))),
	both("send-length-top-bit", "rfc6455/5.2/length-63bit",
		"Sets the most significant bit of lengths of 64 bits.",
		sends(onData(func(f *wsproto.Frame) {
			if f.Length > 0xffff {
				f.Length |= 1 << 63
			}
		}))),
	both("send-length-top-bit-short", "rfc6455/5.2/length-63bit",
		"Writes the length of empty messages as 2^63.",
		sends(onFirst(func(f *wsproto.Frame) {
			if f.Length == 0 {
				f.Length, f.Form = 1<<63, wsproto.Form64
			}
		}))),
}

// acceptsOpcode returns the mutant that takes frames of a reserved opcode, and
// forgets their payload.
func acceptsOpcode(op wsproto.Opcode) mutant {
	digit := string("0123456789abcdef"[op])
	return both("accept-opcode-"+digit, "rfc6455/5.2/opcode-fail",
		"Takes frames of opcode "+digit+" (hexadecimal), and skips them.",
		overlooksOn(is(op), ruleOpcode), skips(func(_ *endpoint, h wsproto.Header) bool { return h.Opcode == op }))
}

// oneMore reads a length as one octet more.
func oneMore(length uint64) func(*endpoint, *wsproto.Header) {
	return func(_ *endpoint, h *wsproto.Header) {
		if h.Length == length {
			h.Length++
		}
	}
}

// frameHook sends a frame that is masked as it should be.
type frameHook = func(e *endpoint, f wsproto.Frame) error

// where sends frames changed if they are chosen.
func where(chosen func(f *wsproto.Frame) bool, change func(f *wsproto.Frame)) frameHook {
	return func(e *endpoint, f wsproto.Frame) error {
		if chosen(&f) {
			change(&f)
		}
		return e.put(f)
	}
}

// on sends frames of an opcode changed.
func on(op wsproto.Opcode, change func(f *wsproto.Frame)) frameHook {
	return where(func(f *wsproto.Frame) bool { return f.Opcode == op }, change)
}

// onData sends data frames changed.
func onData(change func(f *wsproto.Frame)) frameHook {
	return where(func(f *wsproto.Frame) bool { return !isControl(f.Opcode) }, change)
}

// onFirst sends the first frames of messages changed.
func onFirst(change func(f *wsproto.Frame)) frameHook {
	return where(func(f *wsproto.Frame) bool {
		return f.Opcode == wsproto.OpText || f.Opcode == wsproto.OpBinary
	}, change)
}

// lengthForm sends lengths from low to high in one form.
func lengthForm(low, high uint64, form wsproto.LengthForm) frameHook {
	return where(func(f *wsproto.Frame) bool { return low <= f.Length && f.Length <= high },
		func(f *wsproto.Frame) { f.Form = form })
}

// packed changes the first frames of compressed messages alone.
func packed(change frameHook) frameHook {
	return func(e *endpoint, f wsproto.Frame) error {
		if f.Rsv&rsv1 == 0 {
			return e.put(f)
		}
		return change(e, f)
	}
}

// opcodeBeforePong sends an empty frame of another opcode before each pong.
func opcodeBeforePong(op wsproto.Opcode) func(e *endpoint, payload []byte) error {
	return func(e *endpoint, payload []byte) error {
		if err := e.send(wsproto.NewFrame(op, true, nil)); err != nil {
			return err
		}
		return e.send(wsproto.NewFrame(wsproto.OpPong, true, payload))
	}
}

// httpFirst sends HTTP instead of the first message, and then echoes.
func httpFirst(e *endpoint, op wsproto.Opcode, payload []byte) error {
	if e.count > 1 {
		return e.reply(op, payload)
	}
	http := "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 12\r\nConnection: close\r\n\r\nBad Request\n"
	if e.role == wsproto.Client {
		http = "GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: spam\r\nConnection: close\r\nAccept: */*\r\n\r\n"
	}
	e.out = append(e.out, http...)
	return e.flush()
}

// fragmentationMutants break RFC 6455 5.4.
var fragmentationMutants = []mutant{
	both("accept-orphan", "rfc6455/5.4/continuation-fail",
		"Takes a continuation of nothing for a binary message.",
		overlooks(ruleOrphan), misreads(orphanAsBinary)),
	both("accept-orphan-later", "rfc6455/5.4/continuation-fail",
		"Takes a continuation of nothing once there was a fragmented message.",
		func(h *hooks) {
			fragmented := false
			h.frame = func(_ *endpoint, h wsproto.Header, _ int) error {
				fragmented = fragmented || h.Opcode == wsproto.OpContinuation
				return nil
			}
			overlooksIf(func(*endpoint, []byte) bool { return fragmented }, ruleOrphan)(h)
		}, misreads(orphanAsBinary)),
	both("accept-orphan-empty", "rfc6455/5.4/continuation-fail",
		"Skips a continuation of nothing that is empty.",
		overlooksIf(func(_ *endpoint, b []byte) bool { return len(b) < 2 || b[1]&maskLength == 0 }, ruleOrphan),
		skips(func(e *endpoint, h wsproto.Header) bool { return h.Opcode == wsproto.OpContinuation && e.opcode == 0 })),
	both("accept-nested", "rfc6455/5.4/interleaved-fail",
		"Takes a message within a message, and forgets the one under way.",
		overlooks(ruleNested)),
	both("accept-nested-same", "rfc6455/5.4/interleaved-fail",
		"Takes a frame with the opcode of the message under way for a continuation.",
		overlooksIf(func(e *endpoint, b []byte) bool { return opcodeOf(b) == e.opcode }, ruleNested),
		misreads(func(e *endpoint, h *wsproto.Header) {
			if h.Opcode == e.opcode {
				h.Opcode = wsproto.OpContinuation
			}
		})),
	both("accept-nested-final", "rfc6455/5.4/interleaved-fail",
		"Takes an unfragmented message within a message.",
		overlooksIf(func(_ *endpoint, b []byte) bool { return b[0]&bitFin != 0 }, ruleNested)),
	both("control-ends-message", "rfc6455/5.4/control-within",
		"Echoes what there is of a fragmented message when a ping comes.",
		pongs(func(e *endpoint, payload []byte) error {
			if e.opcode != 0 {
				if err := e.reply(e.opcode, e.msg); err != nil {
					return err
				}
				e.msg, e.checked = e.msg[:0], 0
			}
			return e.sendPong(payload)
		})),
	both("control-joins-message", "wscheck/echo-content",
		"Adds the payload of a ping to the fragmented message around it.",
		pongs(func(e *endpoint, payload []byte) error {
			if e.opcode != 0 {
				e.msg = append(e.msg, payload...)
				e.checked = len(e.msg)
			}
			return e.sendPong(payload)
		})),

	both("send-orphan", "rfc6455/5.4/continuation",
		"Sends messages as continuations of nothing.",
		sends(onFirst(func(f *wsproto.Frame) { f.Opcode = wsproto.OpContinuation }))),
	both("send-orphan-after", "rfc6455/5.4/continuation",
		"Sends an empty continuation after each message.",
		echoes(sendParts(
			part{fin: true, all: true}, part{fin: true, continued: true}))),
	both("send-nested", "rfc6455/5.4/interleaved",
		"Repeats the opcode in the second fragment.",
		echoes(sendParts(
			part{}, part{fin: true, all: true}))),
	both("send-nested-other", "rfc6455/5.4/interleaved",
		"Sends a whole message inside a fragmented one.",
		echoes(sendParts(
			part{}, part{fin: true, other: true}, part{fin: true, continued: true, all: true}))),
	both("send-unfinished", "rfc6455/5.4/interleaved",
		"Never sets FIN on data frames.",
		sends(onData(func(f *wsproto.Frame) { f.Fin = false }))),
}

// part is a frame of a message that is fragmented wrongly.
type part struct {
	fin, continued, other, all bool
}

// sendParts echoes a message in such frames; all marks the one with its payload,
// other the one that is of the other type.
func sendParts(parts ...part) func(*endpoint, wsproto.Opcode, []byte) error {
	return func(e *endpoint, op wsproto.Opcode, payload []byte) error {
		for _, p := range parts {
			f := wsproto.NewFrame(op, p.fin, nil)
			switch {
			case p.continued:
				f.Opcode = wsproto.OpContinuation
			case p.other:
				f.Opcode = wsproto.OpText + wsproto.OpBinary - op
			}
			if p.all {
				setPayload(&f, payload)
			}
			if err := e.send(f); err != nil {
				return err
			}
		}
		return nil
	}
}

// orphanAsBinary takes a continuation without a message for a binary message.
func orphanAsBinary(e *endpoint, h *wsproto.Header) {
	if h.Opcode == wsproto.OpContinuation && e.opcode == 0 {
		h.Opcode = wsproto.OpBinary
	}
}
