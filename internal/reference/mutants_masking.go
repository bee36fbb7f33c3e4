package reference

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/wscheck/wscheck/wsproto"
)

// maskingMutants break RFC 6455 5.1 and 5.3.
var maskingMutants = []mutant{
	server("accept-unmasked", "rfc6455/5.1/server-closes-unmasked",
		"Takes frames of a client that are not masked.",
		overlooks(ruleUnmasked)),
	server("accept-unmasked-control", "rfc6455/5.1/server-closes-unmasked",
		"Takes control frames of a client that are not masked.",
		overlooksOn(isControl, ruleUnmasked)),
	server("accept-unmasked-empty", "rfc6455/5.1/server-closes-unmasked",
		"Takes frames of a client that are not masked if they are empty.",
		overlooksIf(func(_ *endpoint, b []byte) bool { return b[1]&maskLength == 0 }, ruleUnmasked)),
	server("accept-unmasked-later", "rfc6455/5.1/server-closes-unmasked",
		"Looks at the mask bit of a client's first frame alone.",
		func(h *hooks) {
			frames := 0
			h.header = func(*endpoint, *wsproto.Header) { frames++ }
			overlooksIf(func(*endpoint, []byte) bool { return frames > 0 }, ruleUnmasked)(h)
		}),
	server("accept-unmasked-after-12", "rfc6455/5.1/server-closes-unmasked",
		"Looks at the mask bit in the first 12 messages of a connection alone.",
		func(h *hooks) {
			messages := 0
			h.header = func(_ *endpoint, h *wsproto.Header) {
				if h.Fin && !isControl(h.Opcode) {
					messages++
				}
			}
			overlooksIf(func(*endpoint, []byte) bool { return messages >= 12 }, ruleUnmasked)(h)
		}),
	client("accept-masked", "rfc6455/5.1/client-closes-masked",
		"Takes frames of a server that are masked.",
		overlooks(ruleMasked)),
	client("accept-masked-control", "rfc6455/5.1/client-closes-masked",
		"Takes control frames of a server that are masked.",
		overlooksOn(isControl, ruleMasked)),

	client("accept-mask-as-payload", "rfc6455/5.1/client-closes-masked",
		"Does not look at the mask bit of control frames, and takes the key for the payload.",
		overlooksOn(isControl, ruleMasked), misreads(func(e *endpoint, h *wsproto.Header) {
			if h.Masked && isControl(h.Opcode) {
				h.Masked = false
				e.take(-len(h.Mask))
			}
		})),

	server("unmask-phase-at-chop", "wscheck/echo-content",
		"Begins with the key's first octet again wherever the payload arrives in pieces.",
		unmasks(func(dst, src []byte, h wsproto.Header, _ int) { wsproto.MaskCopy(dst, src, h.Mask, 0) })),
	server("unmask-phase-over-frames", "wscheck/echo-content",
		"Continues the key where the frame before left off.",
		func(h *hooks) {
			phase := 0
			h.unmask = func(dst, src []byte, h wsproto.Header, pos int) {
				wsproto.MaskCopy(dst, src, h.Mask, pos+phase)
				if pos+len(dst) == int(h.Length) {
					phase += int(h.Length % 4)
				}
			}
		}),
	server("unmask-previous-key", "wscheck/echo-content",
		"Unmasks with the key of the frame before.",
		func(h *hooks) {
			var previous, key [4]byte
			h.unmask = func(dst, src []byte, h wsproto.Header, pos int) {
				if pos == 0 {
					previous, key = key, h.Mask
				}
				wsproto.MaskCopy(dst, src, previous, pos)
			}
		}),
	server("unmask-split-key", "wscheck/echo-content",
		"Unmasks with the key of the frame before where the frame's own comes in two reads.",
		func(h *hooks) {
			var previous, key [4]byte
			split, later := false, false
			h.suspect = func(_ *endpoint, b []byte) *Violation {
				if len(b) > 1 {
					at := 2 + map[byte]int{126: 2, 127: 8}[b[1]&maskLength]
					split = split || at < len(b) && len(b) < at+len(key)
				}
				return nil
			}
			h.unmask = func(dst, src []byte, h wsproto.Header, pos int) {
				if pos == 0 {
					if previous, key = key, h.Mask; split && later {
						key = previous
					}
					split, later = false, true
				}
				wsproto.MaskCopy(dst, src, key, pos)
			}
		}),
	server("unmask-first-key", "wscheck/echo-content",
		"Unmasks all fragments of a message with the key of the first.",
		func(h *hooks) {
			var first [4]byte
			h.unmask = func(dst, src []byte, h wsproto.Header, pos int) {
				switch h.Opcode {
				case wsproto.OpText, wsproto.OpBinary:
					first = h.Mask
				case wsproto.OpContinuation:
					h.Mask = first
				}
				wsproto.MaskCopy(dst, src, h.Mask, pos)
			}
		}),
	server("unmask-words", "wscheck/echo-content",
		"Unmasks whole groups of four octets and leaves the rest as it is.",
		unmasks(func(dst, src []byte, h wsproto.Header, pos int) {
			words := max(0, min(len(src), int(h.Length&^3)-pos))
			wsproto.MaskCopy(dst[:words], src[:words], h.Mask, pos)
			copy(dst[words:], src[words:])
		})),
	server("unmask-ping-not", "rfc6455/5.5.3/pong-payload",
		"Does not unmask pings.",
		unmasks(func(dst, src []byte, h wsproto.Header, pos int) {
			if h.Opcode == wsproto.OpPing {
				h.Mask = [4]byte{}
			}
			wsproto.MaskCopy(dst, src, h.Mask, pos)
		})),
	server("unmask-beyond-64k", "wscheck/echo-content",
		"Loses the key's phase at payload octet 65536.",
		unmasks(func(dst, src []byte, h wsproto.Header, pos int) {
			before := max(0, min(len(src), 1<<16-pos))
			wsproto.MaskCopy(dst[:before], src[:before], h.Mask, pos)
			wsproto.MaskCopy(dst[before:], src[before:], h.Mask, pos+before+1)
		})),

	server("send-masked", "rfc6455/5.1/server-masks-not",
		"Masks every frame.",
		sends(where(anyFrame, maskFrame))),
	server("send-masked-data", "rfc6455/5.1/server-masks-not",
		"Masks data frames.",
		sends(onData(maskFrame))),
	server("send-masked-pong", "rfc6455/5.1/server-masks-not",
		"Masks pongs.",
		sends(on(wsproto.OpPong, maskFrame))),
	server("send-masked-close", "rfc6455/5.1/server-masks-not",
		"Masks close frames.",
		sends(on(wsproto.OpClose, maskFrame))),
	client("send-unmasked", "rfc6455/5.1/client-masks",
		"Masks no frame.",
		sends(where(anyFrame, unmaskFrame))),
	client("send-unmasked-data", "rfc6455/5.1/client-masks",
		"Does not mask data frames.",
		sends(onData(unmaskFrame))),
	client("send-unmasked-pong", "rfc6455/5.1/client-masks",
		"Does not mask pongs.",
		sends(on(wsproto.OpPong, unmaskFrame))),
	client("send-unmasked-close", "rfc6455/5.1/client-masks",
		"Does not mask close frames.",
		sends(on(wsproto.OpClose, unmaskFrame))),
	client("send-unmasked-empty", "rfc6455/5.1/client-masks",
		"Does not mask frames without payload.",
		sends(where(func(f *wsproto.Frame) bool { return f.Length == 0 }, unmaskFrame))),
	client("send-mask-unapplied", "wscheck/echo-content",
		"Sends a key with each data frame and the payload unmasked.",
		sends(sendMaskUnapplied)),
	client("send-mask-constant", "rfc6455/5.3/fresh-key",
		"Masks all frames with one key.",
		sends(where(anyFrame, func(f *wsproto.Frame) { f.Mask = [4]byte{0x12, 0x34, 0x56, 0x78} }))),
	client("send-mask-alternate", "rfc6455/5.3/fresh-key",
		"Masks two frames with each key.",
		func(h *hooks) {
			frames, key := 0, [4]byte{}
			h.send = func(e *endpoint, f wsproto.Frame) error {
				if frames++; frames%2 == 1 {
					key = f.Mask
				}
				f.Mask = key
				return e.put(f)
			}
		}),
	client("send-mask-counter", "rfc6455/5.3/key-predictable",
		"Counts in the masking key.",
		masksBy(func(last, _ uint32) uint32 { return last + 1 })),
	client("send-mask-zero", "rfc6455/5.3/fresh-key",
		"Masks all frames with a key of zeros.",
		sends(where(anyFrame, func(f *wsproto.Frame) { f.Mask = [4]byte{} }))),
	client("send-mask-zero-close", "rfc6455/5.3/key-predictable",
		"Masks its close frames with a key of zeros.",
		sends(on(wsproto.OpClose, func(f *wsproto.Frame) { f.Mask = [4]byte{} }))),
	client("send-mask-complement", "rfc6455/5.3/key-predictable",
		"Masks each second frame with the complement of the key before.",
		func(h *hooks) {
			var last [4]byte
			second := false
			sends(where(anyFrame, func(f *wsproto.Frame) {
				if second {
					f.Mask = [4]byte{^last[0], ^last[1], ^last[2], ^last[3]}
				}
				last, second = f.Mask, !second
			}))(h)
		}),
	client("send-mask-16-bits", "rfc6455/5.3/key-predictable",
		"Draws masking keys of 16 bits.",
		sends(where(anyFrame, func(f *wsproto.Frame) { f.Mask[0], f.Mask[1] = 0, 0 }))),
	client("send-mask-16-bits-twice", "rfc6455/5.3/key-predictable",
		"Draws masking keys of 16 bits, and writes them twice.",
		sends(where(anyFrame, func(f *wsproto.Frame) { f.Mask[0], f.Mask[1] = f.Mask[2], f.Mask[3] }))),
	client("send-mask-24-bits", "rfc6455/5.3/key-predictable",
		"Draws masking keys of 24 bits.",
		sends(where(anyFrame, func(f *wsproto.Frame) { f.Mask[0] = 0 }))),
	client("send-mask-of-few", "rfc6455/5.3/key-predictable",
		"Draws each masking key from 4096 that differ in all bits.",
		masksBy(func(_, drawn uint32) uint32 { return (drawn%4096 + 1) * (drawn%4096 + 3) * 0x9e3779b1 })),
	client("send-mask-same-order", "rfc6455/5.3/key-predictable",
		"Draws the same masking keys on each connection.",
		func(h *hooks) {
			same := rand.New(rand.NewPCG(1, 1))
			masksBy(func(uint32, uint32) uint32 { return same.Uint32() })(h)
		}),
	client("send-mask-congruential", "rfc6455/5.3/key-predictable",
		"Works out each masking key but the first from the one before, by a linear congruential generator.",
		masksBy(func(last, drawn uint32) uint32 {
			if last == 0 {
				return drawn
			}
			return last*1664525 + 1013904223
		})),
	client("send-mask-clock", "rfc6455/5.3/key-predictable",
		"Takes a clock for the masking key, which is a little later in each frame.",
		masksBy(func(last, drawn uint32) uint32 {
			if last == 0 {
				return drawn
			}
			return last + drawn>>16
		})),
}

// masksBy has each frame masked with a key that is made of the one before, 0 for none, and of a
// random one.
func masksBy(next func(last, drawn uint32) uint32) change {
	return func(h *hooks) {
		last := uint32(0)
		sends(where(anyFrame, func(f *wsproto.Frame) {
			last = next(last, binary.BigEndian.Uint32(f.Mask[:]))
			binary.BigEndian.PutUint32(f.Mask[:], last)
		}))(h)
	}
}

func anyFrame(*wsproto.Frame) bool { return true }

func maskFrame(f *wsproto.Frame) { f.Masked, f.Mask = true, [4]byte{0x37, 0xfa, 0x21, 0x3d} }

func unmaskFrame(f *wsproto.Frame) { f.Masked = false }

// sendMaskUnapplied sends data frames with a key that was not used.
func sendMaskUnapplied(e *endpoint, f wsproto.Frame) error {
	if isControl(f.Opcode) {
		return e.put(f)
	}
	e.out = append(f.Header.AppendTo(e.out), f.Payload...)
	return nil
}

// unmasks replaces the unmasking of payloads.
func unmasks(f func(dst, src []byte, h wsproto.Header, pos int)) change {
	return func(h *hooks) { h.unmask = f }
}
