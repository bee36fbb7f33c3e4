package reference

import (
	"github.com/wscheck/wscheck/wsproto"
)

// maskingMutants break RFC 6455 5.1 and 5.3.
var maskingMutants = []mutant{
	{Mutant: Mutant{Name: "accept-unmasked", Clause: "rfc6455/5.1/server-closes-unmasked", Roles: asServer,
		Text: "Takes frames of a client that are not masked."}, fault: acceptUnmasked},
	{Mutant: Mutant{Name: "accept-unmasked-control", Clause: "rfc6455/5.1/server-closes-unmasked", Roles: asServer,
		Text: "Takes control frames of a client that are not masked."}, fault: acceptUnmaskedControl},
	{Mutant: Mutant{Name: "accept-unmasked-empty", Clause: "rfc6455/5.1/server-closes-unmasked", Roles: asServer,
		Text: "Takes frames of a client that are not masked if they are empty."}, fault: acceptUnmaskedEmpty},
	{Mutant: Mutant{Name: "accept-unmasked-later", Clause: "rfc6455/5.1/server-closes-unmasked", Roles: asServer,
		Text: "Looks at the mask bit of a client's first frame alone."}, fault: acceptUnmaskedLater},
	{Mutant: Mutant{Name: "accept-masked", Clause: "rfc6455/5.1/client-closes-masked", Roles: asClient,
		Text: "Takes frames of a server that are masked."}, fault: acceptMasked},
	{Mutant: Mutant{Name: "accept-masked-control", Clause: "rfc6455/5.1/client-closes-masked", Roles: asClient,
		Text: "Takes control frames of a server that are masked."}, fault: acceptMaskedControl},

	{Mutant: Mutant{Name: "accept-mask-as-payload", Clause: "rfc6455/5.1/client-closes-masked", Roles: asClient,
		Text: "Does not look at the mask bit of control frames, and takes the key for the payload."}, fault: ignoreMaskBit},

	{Mutant: Mutant{Name: "unmask-phase-at-chop", Clause: "wscheck/echo-content", Roles: asServer,
		Text: "Begins with the key's first octet again wherever the payload arrives in pieces."}, fault: unmaskPhaseAtChop},
	{Mutant: Mutant{Name: "unmask-phase-over-frames", Clause: "wscheck/echo-content", Roles: asServer,
		Text: "Goes on with the key where the frame before left off."}, fault: unmaskPhaseOverFrames},
	{Mutant: Mutant{Name: "unmask-previous-key", Clause: "wscheck/echo-content", Roles: asServer,
		Text: "Unmasks with the key of the frame before."}, fault: unmaskPreviousKey},
	{Mutant: Mutant{Name: "unmask-first-key", Clause: "wscheck/echo-content", Roles: asServer,
		Text: "Unmasks all fragments of a message with the key of the first."}, fault: unmaskFirstKey},
	{Mutant: Mutant{Name: "unmask-words", Clause: "wscheck/echo-content", Roles: asServer,
		Text: "Unmasks whole groups of four octets and leaves the rest as it is."}, fault: unmaskWords},
	{Mutant: Mutant{Name: "unmask-ping-not", Clause: "rfc6455/5.5.3/pong-payload", Roles: asServer,
		Text: "Does not unmask pings."}, fault: unmaskPingNot},
	{Mutant: Mutant{Name: "unmask-beyond-64k", Clause: "wscheck/echo-content", Roles: asServer,
		Text: "Loses the key's phase at payload octet 65536."}, fault: unmaskBeyond64K},

	{Mutant: Mutant{Name: "send-masked", Clause: "rfc6455/5.1/server-masks-not", Roles: asServer,
		Text: "Masks every frame."}, frame: where(anyFrame, maskFrame)},
	{Mutant: Mutant{Name: "send-masked-data", Clause: "rfc6455/5.1/server-masks-not", Roles: asServer,
		Text: "Masks data frames."}, frame: onData(maskFrame)},
	{Mutant: Mutant{Name: "send-masked-pong", Clause: "rfc6455/5.1/server-masks-not", Roles: asServer,
		Text: "Masks pongs."}, frame: on(wsproto.OpPong, maskFrame)},
	{Mutant: Mutant{Name: "send-masked-close", Clause: "rfc6455/5.1/server-masks-not", Roles: asServer,
		Text: "Masks close frames."}, frame: on(wsproto.OpClose, maskFrame)},
	{Mutant: Mutant{Name: "send-unmasked", Clause: "rfc6455/5.1/client-masks", Roles: asClient,
		Text: "Masks no frame."}, frame: where(anyFrame, unmaskFrame)},
	{Mutant: Mutant{Name: "send-unmasked-data", Clause: "rfc6455/5.1/client-masks", Roles: asClient,
		Text: "Does not mask data frames."}, frame: onData(unmaskFrame)},
	{Mutant: Mutant{Name: "send-unmasked-pong", Clause: "rfc6455/5.1/client-masks", Roles: asClient,
		Text: "Does not mask pongs."}, frame: on(wsproto.OpPong, unmaskFrame)},
	{Mutant: Mutant{Name: "send-unmasked-close", Clause: "rfc6455/5.1/client-masks", Roles: asClient,
		Text: "Does not mask close frames."}, frame: on(wsproto.OpClose, unmaskFrame)},
	{Mutant: Mutant{Name: "send-unmasked-empty", Clause: "rfc6455/5.1/client-masks", Roles: asClient,
		Text: "Does not mask frames without payload."}, frame: where(func(f *wsproto.Frame) bool { return f.Length == 0 }, unmaskFrame)},
	{Mutant: Mutant{Name: "send-mask-unapplied", Clause: "wscheck/echo-content", Roles: asClient,
		Text: "Sends a key with each data frame and the payload unmasked."}, frame: sendMaskUnapplied},
	{Mutant: Mutant{Name: "send-mask-constant", Clause: "rfc6455/5.3/fresh-key", Roles: asClient,
		Text: "Masks all frames with one key."}, frame: where(anyFrame, func(f *wsproto.Frame) { f.Mask = [4]byte{0x12, 0x34, 0x56, 0x78} })},
	{Mutant: Mutant{Name: "send-mask-zero", Clause: "rfc6455/5.3/fresh-key", Roles: asClient,
		Text: "Masks all frames with a key of zeros."}, frame: where(anyFrame, func(f *wsproto.Frame) { f.Mask = [4]byte{} })},
}

func anyFrame(*wsproto.Frame) bool { return true }

func maskFrame(f *wsproto.Frame) { f.Masked, f.Mask = true, [4]byte{0x37, 0xfa, 0x21, 0x3d} }

func unmaskFrame(f *wsproto.Frame) { f.Masked = false }

// sendMaskUnapplied sends data frames with a key that was not used.
func sendMaskUnapplied(e *endpoint, f wsproto.Frame) error {
	if f.Opcode.IsControl() {
		return e.putRaw(f)
	}
	e.out = append(f.Header.AppendTo(e.out), f.Payload...)
	return nil
}

// unmaskFaulty returns the key with which a mutant unmasks payload octets from
// position pos on, and the position at which it takes itself to be.
func (e *endpoint) unmaskFaulty(h wsproto.Header, pos uint64) (key [4]byte, at int) {
	key, at = h.Mask, int(pos)
	switch e.mutant.fault {
	case unmaskPhaseAtChop:
		at = 0
	case unmaskPhaseOverFrames:
		at += e.memory.phase
	case unmaskPreviousKey:
		key = e.memory.previousKey
	case unmaskFirstKey:
		if h.Opcode == wsproto.OpContinuation {
			key = e.memory.firstKey
		}
	case unmaskPingNot:
		if h.Opcode == wsproto.OpPing {
			key = [4]byte{}
		}
	}
	return key, at
}

// endFaultyFrame spoils the octets of a frame that a mutant unmasks wrongly, and
// notes what it remembers of the frame.
func (e *endpoint) endFaultyFrame(h wsproto.Header, payload []byte) {
	if h.Masked {
		length := int(h.Length)
		switch {
		case e.is(unmaskWords):
			rest := length % 4
			wsproto.Mask(h.Mask, length-rest, payload[length-rest:])
		case e.is(unmaskBeyond64K) && length > 1<<16:
			wsproto.Mask(h.Mask, 1<<16, payload[1<<16:])
			wsproto.Mask(h.Mask, 1<<16+1, payload[1<<16:])
		}
	}
	e.memory.phase += int(h.Length % 4)
	e.memory.previousKey = h.Mask
	if h.Opcode.IsData() && h.Opcode != wsproto.OpContinuation {
		e.memory.firstKey = h.Mask
	}
}
