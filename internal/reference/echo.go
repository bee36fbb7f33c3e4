package reference

import (
	"bytes"
	"slices"

	"github.com/wscheck/wscheck/wsproto"
)

// maxFragments bounds the frames of one echo.
const maxFragments = 1024

// noisePayload is what unsolicited control frames carry, once or 25 times.
const noisePayload = "noise"

// reply sends a message, compressed where that is agreed. The payload is overwritten
// if the endpoint masks it.
func (e *endpoint) reply(op wsproto.Opcode, payload []byte) error {
	packed, rsv := e.hooks.pack(e, payload)
	return e.sendMessage(op, rsv, packed)
}

// sendMessage sends a message whose frames are as Freedom says. Its first frame
// has rsv.
func (e *endpoint) sendMessage(op wsproto.Opcode, rsv uint8, payload []byte) error {
	fr := &e.Freedom
	if err := e.noise(PingBefore, PongBefore); err != nil {
		return err
	}
	size := len(payload)
	if fr.Fragment > 0 {
		size = max(fr.Fragment, (len(payload)+maxFragments-1)/maxFragments)
	}
	first := true
	frame := func(fin bool, payload []byte) error {
		f := wsproto.NewFrame(wsproto.OpContinuation, fin, payload)
		if first {
			f.Opcode, f.Rsv = op, rsv
		} else if err := e.noise(PingBetween, PongBetween); err != nil {
			return err
		}
		first = false
		return e.send(f)
	}
	if fr.EmptyFirst {
		if err := frame(false, nil); err != nil {
			return err
		}
	}
	for {
		n := min(size, len(payload))
		last := n == len(payload)
		if err := frame(last && !fr.EmptyLast, payload[:n:n]); err != nil {
			return err
		}
		payload = payload[n:]
		if last {
			break
		}
		if fr.EmptyBetween {
			if err := frame(false, nil); err != nil {
				return err
			}
		}
	}
	if fr.EmptyLast {
		if err := frame(true, nil); err != nil {
			return err
		}
	}
	return e.noise(PingAfter, PongAfter)
}

// noise sends the unsolicited control frames of a place, if Freedom has any there.
func (e *endpoint) noise(ping, pong Noise) error {
	payload := []byte(noisePayload)
	if e.Freedom.LongNoise {
		payload = bytes.Repeat(payload, 25)
	}
	if e.Freedom.Noise&ping != 0 {
		if err := e.send(wsproto.NewFrame(wsproto.OpPing, true, slices.Clone(payload))); err != nil {
			return err
		}
	}
	if e.Freedom.Noise&pong != 0 {
		return e.send(wsproto.NewFrame(wsproto.OpPong, true, payload))
	}
	return nil
}
