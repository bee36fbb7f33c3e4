package reference

import (
	"bytes"
	"math/rand/v2"

	"github.com/wscheck/wscheck/wsproto"
)

// Conduct is what an endpoint that does not echo does with messages. It is drawn at
// random from Seed, and all of it is legal: unsolicited messages, answers or
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
