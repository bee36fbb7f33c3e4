package reference

import (
	"bytes"
	"math/rand/v2"

	"github.com/wscheck/wscheck/wsproto"
)

// maxFragments bounds the frames of one echo.
const maxFragments = 1024

// noisePayload is what unsolicited control frames carry.
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
	if e.Freedom.Noise&ping != 0 {
		if err := e.send(wsproto.NewFrame(wsproto.OpPing, true, []byte(noisePayload))); err != nil {
			return err
		}
	}
	if e.Freedom.Noise&pong != 0 {
		return e.send(wsproto.NewFrame(wsproto.OpPong, true, []byte(noisePayload)))
	}
	return nil
}

// Conduct is what an endpoint that does not echo does with messages. It is drawn at
// random from Seed, and all of it is legal: messages that nobody asked for, answers or
// none, and a close frame on a message for reasons of its own.
type Conduct struct {
	Seed uint64

	// Prefix begins the messages that it answers, each with the same message. Those
	// that wait for an answer at the same time are answered in any order. The
	// endpoint does not close on such messages. "" means that it answers none.
	Prefix string
}

// conducting is the state of a [Conduct].
type conducting struct {
	rng  *rand.Rand
	held []heldAnswer
}

type heldAnswer struct {
	op      wsproto.Opcode
	payload []byte
}

// conductStream separates the generator from others of the same seed.
const conductStream = 0x636f6e64756374

// conductCodes are those with which an endpoint may refuse what an application sends.
var conductCodes = []wsproto.CloseCode{
	0, wsproto.CloseNormal, wsproto.CloseProtocolError, wsproto.CloseUnsupported, wsproto.CloseInvalidPayload,
	wsproto.ClosePolicy, wsproto.CloseInternal, 4000, 4401, 4999,
}

// behave is what an endpoint with a Conduct does with a message.
func (e *endpoint) behave(op wsproto.Opcode, payload []byte) error {
	c := &e.conducting
	if c.rng == nil {
		c.rng = rand.New(rand.NewPCG(e.Conduct.Seed, conductStream))
	}
	for range c.rng.IntN(3) {
		if err := e.reply(wsproto.OpText, []byte("news, and nobody asked")); err != nil {
			return err
		}
	}
	if prefix := e.Conduct.Prefix; prefix != "" && bytes.HasPrefix(payload, []byte(prefix)) {
		c.held = append(c.held, heldAnswer{op, bytes.Clone(payload)})
	} else if c.rng.IntN(4) == 0 {
		if err := e.answerHeld(); err != nil {
			return err
		}
		return e.startClose(conductCodes[c.rng.IntN(len(conductCodes))], "")
	}
	if len(e.buffered()) > 0 && c.rng.IntN(2) == 0 {
		return nil // there is more to come
	}
	return e.answerHeld()
}

// answerHeld answers the messages that wait for it, in any order.
func (e *endpoint) answerHeld() error {
	c := &e.conducting
	held := c.held
	c.held = nil
	c.rng.Shuffle(len(held), func(i, k int) { held[i], held[k] = held[k], held[i] })
	for _, a := range held {
		if err := e.reply(a.op, a.payload); err != nil {
			return err
		}
	}
	return nil
}
