package reference

import (
	"github.com/wscheck/wscheck/wsproto"
)

// framingMutants break RFC 6455 5.2 and 6.1.
var framingMutants = []mutant{
	{Mutant: Mutant{Name: "http-instead-of-echo", Clause: "rfc6455/6.1/framed", Roles: inBoth,
		Text: "Sends HTTP instead of the first echo."}, echo: httpFirst},
	{Mutant: Mutant{Name: "accept-rsv1", Clause: "rfc6455/5.2/rsv-fail", Roles: inBoth,
		Text: "Takes frames with RSV1 where nothing defines it."}, fault: acceptRSV1},
	{Mutant: Mutant{Name: "accept-rsv2", Clause: "rfc6455/5.2/rsv-fail", Roles: inBoth,
		Text: "Takes frames with RSV2."}, fault: acceptRSV2},
	{Mutant: Mutant{Name: "accept-rsv3", Clause: "rfc6455/5.2/rsv-fail", Roles: inBoth,
		Text: "Takes frames with RSV3."}, fault: acceptRSV3},
	{Mutant: Mutant{Name: "accept-rsv-control", Clause: "rfc6455/5.2/rsv-fail", Roles: inBoth,
		Text: "Looks at the reserved bits of data frames alone."}, fault: acceptRSVControl},
	{Mutant: Mutant{Name: "accept-rsv-continuation", Clause: "rfc6455/5.2/rsv-fail", Roles: inBoth,
		Text: "Looks at the reserved bits of a message's first frame alone."}, fault: acceptRSVContinuation},

	acceptsOpcode(3), acceptsOpcode(4), acceptsOpcode(5), acceptsOpcode(6), acceptsOpcode(7),
	acceptsOpcode(0xb), acceptsOpcode(0xc), acceptsOpcode(0xd), acceptsOpcode(0xe), acceptsOpcode(0xf),

	{Mutant: Mutant{Name: "accept-non-minimal-16", Clause: "rfc6455/5.2/length-minimal-fail", Roles: inBoth,
		Text: "Takes lengths below 126 in 16 bits."}, fault: acceptNonMinimal16},
	{Mutant: Mutant{Name: "accept-non-minimal-64", Clause: "rfc6455/5.2/length-minimal-fail", Roles: inBoth,
		Text: "Takes lengths below 65536 in 64 bits."}, fault: acceptNonMinimal64},
	{Mutant: Mutant{Name: "accept-non-minimal-65535", Clause: "rfc6455/5.2/length-minimal-fail", Roles: inBoth,
		Text: "Takes the length 65535, and no other one below 65536, in 64 bits."}, fault: acceptNonMinimal65535},
	{Mutant: Mutant{Name: "accept-length-top-bit", Clause: "rfc6455/5.2/length-63bit-fail", Roles: inBoth,
		Text: "Takes lengths with the most significant bit set, and leaves that out."}, fault: acceptTopBit},
	{Mutant: Mutant{Name: "length-16-little-endian", Clause: "wscheck/echo-missing", Roles: inBoth,
		Text: "Reads lengths of 16 bits the wrong way round."}, fault: lengthLittleEndian},
	{Mutant: Mutant{Name: "length-126-as-127", Clause: "wscheck/echo-missing", Roles: inBoth,
		Text: "Reads a payload of 126 octets as one of 127."}, fault: lengthOneMore126},
	{Mutant: Mutant{Name: "length-65535-as-65536", Clause: "wscheck/echo-missing", Roles: inBoth,
		Text: "Reads a payload of 65535 octets as one of 65536."}, fault: lengthOneMore65535},

	{Mutant: Mutant{Name: "send-rsv1", Clause: "rfc6455/5.2/rsv", Roles: inBoth,
		Text: "Sets RSV1 of messages that are not compressed."}, frame: onFirst(func(f *wsproto.Frame) { f.Rsv |= 4 })},
	{Mutant: Mutant{Name: "send-rsv2", Clause: "rfc6455/5.2/rsv", Roles: inBoth,
		Text: "Sets RSV2 of data frames."}, frame: onData(func(f *wsproto.Frame) { f.Rsv |= 2 })},
	{Mutant: Mutant{Name: "send-rsv3", Clause: "rfc6455/5.2/rsv", Roles: inBoth,
		Text: "Sets RSV3 of data frames."}, frame: onData(func(f *wsproto.Frame) { f.Rsv |= 1 })},
	{Mutant: Mutant{Name: "send-rsv2-pong", Clause: "rfc6455/5.2/rsv", Roles: inBoth,
		Text: "Sets RSV2 of pongs."}, frame: on(wsproto.OpPong, func(f *wsproto.Frame) { f.Rsv |= 2 })},
	{Mutant: Mutant{Name: "send-rsv3-close", Clause: "rfc6455/5.2/rsv", Roles: inBoth,
		Text: "Sets RSV3 of close frames."}, frame: on(wsproto.OpClose, func(f *wsproto.Frame) { f.Rsv |= 1 })},

	{Mutant: Mutant{Name: "send-opcode-3", Clause: "rfc6455/5.2/opcode", Roles: inBoth,
		Text: "Sends binary messages with opcode 3."}, frame: on(wsproto.OpBinary, func(f *wsproto.Frame) { f.Opcode = 3 })},
	{Mutant: Mutant{Name: "send-opcode-7", Clause: "rfc6455/5.2/opcode", Roles: inBoth,
		Text: "Sends text messages with opcode 7."}, frame: on(wsproto.OpText, func(f *wsproto.Frame) { f.Opcode = 7 })},
	{Mutant: Mutant{Name: "send-opcode-b", Clause: "rfc6455/5.2/opcode", Roles: inBoth,
		Text: "Sends a frame of opcode 11 before each pong."}, pong: opcodeBeforePong(0xb)},
	{Mutant: Mutant{Name: "send-opcode-f", Clause: "rfc6455/5.2/opcode", Roles: inBoth,
		Text: "Sends a frame of opcode 15 before each pong."}, pong: opcodeBeforePong(0xf)},

	{Mutant: Mutant{Name: "send-length-16", Clause: "rfc6455/5.2/length-minimal", Roles: inBoth,
		Text: "Writes lengths below 126 in 16 bits."}, frame: lengthForm(0, 125, wsproto.Form16)},
	{Mutant: Mutant{Name: "send-length-64", Clause: "rfc6455/5.2/length-minimal", Roles: inBoth,
		Text: "Writes all lengths in 64 bits."}, frame: lengthForm(0, 1<<63, wsproto.Form64)},
	{Mutant: Mutant{Name: "send-length-64-from-126", Clause: "rfc6455/5.2/length-minimal", Roles: inBoth,
		Text: "Writes lengths from 126 on in 64 bits."}, frame: lengthForm(126, 1<<63, wsproto.Form64)},
	{Mutant: Mutant{Name: "send-length-16-of-125", Clause: "rfc6455/5.2/length-minimal", Roles: inBoth,
		Text: "Writes the length 125 in 16 bits."}, frame: lengthForm(125, 125, wsproto.Form16)},
	{Mutant: Mutant{Name: "send-length-64-of-65535", Clause: "rfc6455/5.2/length-minimal", Roles: inBoth,
		Text: "Writes the length 65535 in 64 bits."}, frame: lengthForm(65535, 65535, wsproto.Form64)},
	{Mutant: Mutant{Name: "send-length-top-bit", Clause: "rfc6455/5.2/length-63bit", Roles: inBoth,
		Text: "Sets the most significant bit of lengths of 64 bits."}, frame: onData(func(f *wsproto.Frame) {
		if f.Length > 0xffff {
			f.Length |= 1 << 63
		}
	})},
	{Mutant: Mutant{Name: "send-length-top-bit-short", Clause: "rfc6455/5.2/length-63bit", Roles: inBoth,
		Text: "Writes the length of empty messages as 2^63."}, frame: onFirst(func(f *wsproto.Frame) {
		if f.Length == 0 {
			f.Length, f.Form = 1<<63, wsproto.Form64
		}
	})},
}

// acceptsOpcode returns the mutant that takes frames of a reserved opcode, and
// forgets their payload.
func acceptsOpcode(op wsproto.Opcode) mutant {
	digit := string("0123456789abcdef"[op])
	return mutant{Mutant: Mutant{Name: "accept-opcode-" + digit, Clause: "rfc6455/5.2/opcode-fail", Roles: inBoth,
		Text: "Takes frames of opcode " + digit + " (hexadecimal), and skips them."}, fault: acceptOpcode(op)}
}

// frameHook sends a frame that is masked as it should be.
type frameHook = func(e *endpoint, f wsproto.Frame) error

// where sends frames changed if they are chosen.
func where(chosen func(f *wsproto.Frame) bool, change func(f *wsproto.Frame)) frameHook {
	return func(e *endpoint, f wsproto.Frame) error {
		if chosen(&f) {
			change(&f)
		}
		return e.putRaw(f)
	}
}

// on sends frames of an opcode changed.
func on(op wsproto.Opcode, change func(f *wsproto.Frame)) frameHook {
	return where(func(f *wsproto.Frame) bool { return f.Opcode == op }, change)
}

// onData sends data frames changed.
func onData(change func(f *wsproto.Frame)) frameHook {
	return where(func(f *wsproto.Frame) bool { return f.Opcode.IsData() }, change)
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

// opcodeBeforePong sends an empty frame of another opcode before each pong.
func opcodeBeforePong(op wsproto.Opcode) func(e *endpoint, payload []byte) error {
	return func(e *endpoint, payload []byte) error {
		if err := e.send(wsproto.NewFrame(op, true, nil)); err != nil {
			return err
		}
		return e.send(wsproto.NewFrame(wsproto.OpPong, true, payload))
	}
}

// setPayload replaces a frame's payload, and the length that its header states.
func setPayload(f *wsproto.Frame, payload []byte) {
	f.Payload, f.Length = payload, uint64(len(payload))
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
