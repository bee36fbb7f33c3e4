package reference

import (
	"bytes"
	"cmp"
	"errors"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/wscheck/wscheck/wsproto"
)

// conductMutants break what is asked of any peer, beyond the RFCs.
var conductMutants = []mutant{
	server("hang-opening", "rfc6455/4.2.2/respond",
		"Never answers the opening handshake.",
		responds(func(e *endpoint, _ *wsproto.Response, _ *head) { e.hang() })),
	both("hang-after-opening", "wscheck/echo-missing",
		"Reads nothing after the opening handshake.",
		func(h *hooks) { h.opened = (*endpoint).hang }),
	both("hang-on-binary", "wscheck/echo-missing",
		"Reads nothing more after a binary message.",
		echoes(func(e *endpoint, op wsproto.Opcode, payload []byte) error {
			if op != wsproto.OpBinary {
				return e.reply(op, payload)
			}
			err := e.flush()
			e.hang()
			return err
		})),
	both("hang-at-end", "wscheck/peer-hung",
		"Does not return once the connection is over.",
		func(h *hooks) {
			h.ended = func(e *endpoint) {
				e.conn.Close()
				e.hang()
			}
		}),
	both("panic-on-empty-close", "wscheck/peer-panicked",
		"Panics on a close frame without a code.",
		closes(func(e *endpoint, p wsproto.ClosePayload) error {
			if !p.HasCode {
				panic("reference: no first octet in an empty close frame")
			}
			return e.replyClose(p)
		})),
	both("panic-on-empty-text", "wscheck/peer-panicked",
		"Panics on an empty text message.",
		echoes(func(e *endpoint, op wsproto.Opcode, payload []byte) error {
			if op == wsproto.OpText && len(payload) == 0 {
				panic("reference: no first octet in an empty text")
			}
			return e.reply(op, payload)
		})),
	both("exit-on-empty-binary", "wscheck/peer-died",
		"Ends its goroutine on an empty binary message.",
		echoes(func(e *endpoint, op wsproto.Opcode, payload []byte) error {
			if op == wsproto.OpBinary && len(payload) == 0 {
				runtime.Goexit()
			}
			return e.reply(op, payload)
		})),
	both("panic-on-length", "wscheck/peer-panicked",
		"Panics on a payload length with the most significant bit set.",
		func(h *hooks) {
			h.suspect = func(_ *endpoint, b []byte) *Violation {
				if h, n := wsproto.ParseHeader(b); n > 0 && h.Length>>63 != 0 {
					panic("reference: negative length")
				}
				return nil
			}
		}),
	both("endless", "wscheck/overflow",
		"Echoes the first message without end.",
		echoes(func(e *endpoint, op wsproto.Opcode, payload []byte) error {
			return e.sendEndlessly(wsproto.NewFrame(op, true, payload))
		})),
	both("endless-pings", "wscheck/overflow",
		"Sends pings without end after a close frame came.",
		closes(func(e *endpoint, _ wsproto.ClosePayload) error {
			return e.sendEndlessly(wsproto.NewFrame(wsproto.OpPing, true, make([]byte, maxControl)))
		})),
	both("bloat", "wscheck/peer-bloated",
		"Takes memory for each payload length that is declared, up to 256 MiB.",
		bloat),
	server("toil-fragments", "wscheck/peer-toiled",
		"Copies all of a message again after each of its frames.",
		func(h *hooks) {
			var copied []byte
			h.frame = func(e *endpoint, _ wsproto.Header, _ int) error {
				copied = append(copied[:0], e.msg...)
				return nil
			}
		}),
	server("toil-blanks", "wscheck/peer-toiled",
		"Looks for the end of a run of blanks in a field anew at each of them.",
		func(h *hooks) {
			steps := 0
			h.head = func(_ *endpoint, h *head) {
				for _, f := range h.fields {
					for i := range f.Value {
						for end := i; end < len(f.Value) && f.Value[end] == ' '; end++ {
							steps++
						}
					}
				}
			}
		}),
	both("keep-messages", "wscheck/peer-kept",
		"Keeps each message of half a megaoctet and more after the end of the connection.",
		echoes(func(e *endpoint, op wsproto.Opcode, payload []byte) error {
			keepForGood(payload)
			return e.reply(op, payload)
		})),
	both("mix-connections", "wscheck/peer-mixed",
		"Begins a message that comes in fragments as one of another connection.",
		echoes(func(e *endpoint, op wsproto.Opcode, payload []byte) error {
			e.mix(payload)
			return e.reply(op, payload)
		})),
	both("leave", "wscheck/stay",
		"Closes the connection instead of echoing the third message.",
		echoes(func(e *endpoint, op wsproto.Opcode, payload []byte) error {
			if e.count == 3 {
				return e.startClose(wsproto.CloseNormal, "")
			}
			return e.reply(op, payload)
		})),
	both("leave-on-pong", "wscheck/stay",
		"Fails the connection on a pong that it did not ask for.",
		func(h *hooks) { h.ponged = func(e *endpoint, _ []byte) error { return e.violates(rulePong, 0) } }),
	both("refuse-ping-125", "wscheck/stay",
		"Takes 125 octets for too many in a control frame.",
		suspects(ruleHeader, func(_ *endpoint, h wsproto.Header) bool { return isControl(h.Opcode) && h.Length == maxControl })),
	both("refuse-length-126", "wscheck/stay",
		"Takes 16 bits for too many to write the length 126.",
		suspects(ruleHeader, func(_ *endpoint, h wsproto.Header) bool { return h.Length == 126 })),
	both("refuse-length-65536", "wscheck/stay",
		"Takes 64 bits for too many to write the length 65536.",
		suspects(ruleHeader, func(_ *endpoint, h wsproto.Header) bool { return h.Length == 1<<16 })),
	both("refuse-text-over-fragments", "wscheck/stay",
		"Wants whole code points in each fragment.",
		func(h *hooks) {
			h.frame = func(e *endpoint, h wsproto.Header, _ int) error {
				if e.opcode == wsproto.OpText && !h.Fin && !e.text.whole() {
					return e.violates(ruleTextCut, 0)
				}
				return nil
			}
		}),
	both("refuse-text-noncharacters", "wscheck/stay",
		"Takes U+FFFE and U+FFFF for invalid.",
		echoes(func(e *endpoint, op wsproto.Opcode, payload []byte) error {
			if op == wsproto.OpText && bytes.ContainsAny(payload, "\ufffe\uffff") {
				return e.violates(ruleText, 0)
			}
			return e.reply(op, payload)
		})),
	both("refuse-binary-not-utf8", "wscheck/stay",
		"Wants UTF-8 in binary messages.",
		echoes(func(e *endpoint, op wsproto.Opcode, payload []byte) error {
			if op == wsproto.OpBinary && !utf8.Valid(payload) {
				return e.violates(ruleText, 0)
			}
			return e.reply(op, payload)
		})),
	both("refuse-empty-fragment", "wscheck/stay",
		"Takes a fragment without payload for an error.",
		suspects(ruleHeader, func(_ *endpoint, h wsproto.Header) bool {
			return !isControl(h.Opcode) && h.Length == 0 && (!h.Fin || h.Opcode == wsproto.OpContinuation)
		})),
	both("refuse-split-header", "wscheck/stay",
		"Takes a header for an error that does not come at once.",
		func(h *hooks) {
			h.suspect = func(e *endpoint, b []byte) *Violation {
				if _, n := wsproto.ParseHeader(b); n == 0 && len(b) > 2 {
					return e.violates(ruleHeader, 0)
				}
				return nil
			}
		}),
	both("lose-first-octet", "wscheck/stay",
		"Loses the first octet of a frame whose second comes more than a second after it.",
		func(h *hooks) {
			var since time.Time // there is one octet; zero where there is none, or more
			h.suspect = func(_ *endpoint, b []byte) *Violation {
				if len(b) != 1 {
					since = time.Time{}
				} else if since.IsZero() {
					since = time.Now()
				}
				return nil
			}
			h.read = func(e *endpoint) error {
				if !since.IsZero() && time.Since(since) > time.Second {
					e.take(1)
					since = time.Time{}
				}
				return nil
			}
		}),
	both("refuse-many-reads", "wscheck/stay",
		"Gives up a frame that comes in more than 1024 reads.",
		func(h *hooks) {
			reads := 0
			h.header = func(*endpoint, *wsproto.Header) { reads = 0 }
			h.read = func(e *endpoint) error {
				if reads++; reads > 1024 {
					return e.violates(ruleHeader, 0)
				}
				return nil
			}
		}),
	both("refuse-many-fragments", "wscheck/stay",
		"Takes more than 256 frames in a message for an error.",
		suspects(ruleHeader, func(e *endpoint, h wsproto.Header) bool {
			return e.frames > 256 && h.Opcode == wsproto.OpContinuation && !h.Fin
		})),
	both("refuse-fragments-sum", "wscheck/stay",
		"Adds up the frames of all messages in fragments, and fails after 256 KiB of them.",
		func(h *hooks) {
			sum := uint64(0)
			h.header = func(_ *endpoint, h *wsproto.Header) {
				if !isControl(h.Opcode) && (!h.Fin || h.Opcode == wsproto.OpContinuation) {
					sum += h.Length
				}
			}
			suspects(ruleMessageSize, func(*endpoint, wsproto.Header) bool { return sum > 256<<10 })(h)
		}),
	both("refuse-control-within-long", "wscheck/stay",
		"Takes a control frame for a part of the message that it comes in, and for too long after 1000 octets of it.",
		suspects(ruleMessageSize, func(e *endpoint, h wsproto.Header) bool {
			return isControl(h.Opcode) && h.Length > 0 && e.opcode != 0 && e.wire > 1000
		})),
	both("hold-at-buffer", "wscheck/echo-missing",
		"Keeps the echo of a frame that ends with a buffer of 4, 8, 16 or 64 KiB until more octets come.",
		holdsAfter(func(h *wsproto.Header) bool {
			return slices.Contains([]uint64{4 << 10, 8 << 10, 16 << 10, 64 << 10}, uint64(h.Size())+h.Length)
		})),
	both("hold-empty", "wscheck/echo-missing",
		"Keeps the echo of an empty message until more octets come.",
		holdsAfter(func(h *wsproto.Header) bool { return h.Fin && h.Length == 0 && !isControl(h.Opcode) })),
	both("hold-empty-pong", "rfc6455/5.5.2/pong",
		"Keeps the answer to an empty ping until more octets come.",
		holdsAfter(func(h *wsproto.Header) bool { return h.Length == 0 && h.Opcode == wsproto.OpPing })),
	both("hold-mid-frame", "rfc6455/5.5.2/pong",
		"Keeps what it has to send until the data frame is whole whose beginning has come.",
		func(h *hooks) {
			within := false
			h.header = func(_ *endpoint, h *wsproto.Header) { within = !isControl(h.Opcode) }
			h.frame = func(*endpoint, wsproto.Header, int) error {
				within = false
				return nil
			}
			h.hold = func(*endpoint) bool { return within }
		}),
	client("lose-first-frames", "wscheck/echo-missing",
		"Forgets what comes in one segment with the opening handshake.",
		func(h *hooks) { h.opened = func(e *endpoint) { e.take(len(e.buffered())) } }),
	client("lose-octet-with-response", "wscheck/stay",
		"Forgets a single octet that comes in one segment with the opening handshake.",
		func(h *hooks) {
			h.opened = func(e *endpoint) {
				if len(e.buffered()) == 1 {
					e.take(1)
				}
			}
		}),
}

// writingMutants break something where the other side does not read for a while, where
// two goroutines write, or where a ping is answered twice.
var writingMutants = []mutant{
	both("drop-when-blocked", "wscheck/echo-missing",
		"Drops messages while too much waits to be written.",
		writesApart, echoes(func(e *endpoint, op wsproto.Opcode, payload []byte) error {
			if e.blocked() {
				return nil
			}
			return e.reply(op, payload)
		})),
	both("lose-pong-when-blocked", "rfc6455/5.5.2/pong",
		"Answers no ping while too much waits to be written.",
		writesApart, pongs(func(e *endpoint, payload []byte) error {
			if e.blocked() {
				return nil
			}
			return e.sendPong(payload)
		})),
	both("lose-pong-while-packing", "rfc6455/5.5.2/pong",
		"Answers no ping that comes in one read with a message of 1000 octets and more, as one that is still compressing its echo.",
		func(h *hooks) {
			packing := false
			h.read = func(*endpoint) error {
				packing = false
				return nil
			}
			h.echo = func(e *endpoint, op wsproto.Opcode, payload []byte) error {
				packing = e.agreed && len(payload) >= 1000
				return e.reply(op, payload)
			}
			h.pong = func(e *endpoint, payload []byte) error {
				if packing {
					return nil
				}
				return e.sendPong(payload)
			}
		}).withDeflate(),
	both("stop-twice-when-blocked", "wscheck/echo-missing",
		"Reads nothing more once too much waits to be written for the second time.",
		writesApart, func(h *hooks) {
			times, full := 0, false
			h.echo = func(e *endpoint, op wsproto.Opcode, payload []byte) error {
				before := full
				if full = e.blocked(); full && !before {
					times++
				}
				if times < 2 {
					return e.reply(op, payload)
				}
				err := e.flush()
				e.hang()
				return err
			}
		}),
	both("leave-when-blocked", "wscheck/stay",
		"Drops the connection where a write takes more than a tenth of a second.",
		func(h *hooks) { h.write = (*endpoint).writeBriefly }),
	both("tear-when-blocked", "wscheck/echo-content",
		"Forgets the rest of what could not be written within a tenth of a second, and continues with the next frame.",
		func(h *hooks) {
			h.write = func(e *endpoint, b []byte) error {
				if err := e.writeBriefly(b); !errors.Is(err, os.ErrDeadlineExceeded) {
					return err
				}
				return nil
			}
		}),
	both("retry-when-blocked", "wscheck/echo-content",
		"Begins a write anew that took more than a tenth of a second.",
		func(h *hooks) {
			h.write = func(e *endpoint, b []byte) error {
				for range briefTries {
					if err := e.writeBriefly(b); !errors.Is(err, os.ErrDeadlineExceeded) {
						return err
					}
				}
				return os.ErrDeadlineExceeded
			}
		}),
	both("close-when-blocked", "wscheck/echo-content",
		"Sends a close frame where a write takes more than a tenth of a second, in the middle of what was being written.",
		func(h *hooks) {
			h.write = func(e *endpoint, b []byte) error {
				err := e.writeBriefly(b)
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					return err
				}
				f := wsproto.NewFrame(wsproto.OpClose, true, nil)
				if e.role == wsproto.Client {
					f.Masked, f.Mask = true, freshKey()
				}
				if err := e.conn.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
					return err
				}
				_, _ = e.conn.Write(f.AppendTo(nil))
				return err
			}
		}),
	both("keep-deadline-of-pong", "wscheck/stay",
		"Leaves the write deadline of a pong set, and fails on what it writes a second later that is no pong.",
		func(h *hooks) {
			d := keptDeadline(h)
			h.pong = func(e *endpoint, payload []byte) error {
				return d.while(e, func() error { return e.sendPong(payload) })
			}
		}),
	both("keep-deadline-of-echo", "wscheck/stay",
		"Leaves the write deadline of an echo set, and fails on what it writes a second later that is no echo.",
		func(h *hooks) {
			d := keptDeadline(h)
			h.echo = func(e *endpoint, op wsproto.Opcode, payload []byte) error {
				return d.while(e, func() error { return e.reply(op, payload) })
			}
		}),
	both("interleave-pongs", "wscheck/echo-content",
		"Writes pongs in the middle of a data frame that is being written in pieces.",
		interleavesPongs),
	both("send-long-ping-late", "rfc6455/5.5/control-length",
		"Pings with 126 octets every 50 seconds while nothing comes.",
		func(h *hooks) { h.opened = func(e *endpoint) { e.Freedom.PingEvery = latePings } },
		sends(on(wsproto.OpPing, fillTo126))),
	both("leave-on-second-pong", "wscheck/stay",
		"Pings every five seconds while nothing comes, and fails the connection where a ping is answered twice.",
		pingsOften, onSecondPong(func(e *endpoint) error { return e.violates(rulePong, 0) })),
	both("panic-on-second-pong", "wscheck/peer-panicked",
		"Pings every five seconds while nothing comes, and panics where a ping is answered twice.",
		pingsOften, onSecondPong(func(*endpoint) error { panic("reference: close of closed channel") })),
}

// Bounds of what mutants take for a write that blocks, and the size of the pieces in
// octets between which pongs get.
const (
	briefWrite      = 100 * time.Millisecond
	briefTries      = 100
	tooMuchWaiting  = 8 << 10
	interleavePiece = 4 << 10
	interleavePause = time.Millisecond
	faultyPings     = 5 * time.Second
	latePings       = 50 * time.Second
)

// writesApart writes in a goroutine of its own.
func writesApart(h *hooks) {
	h.opened = func(e *endpoint) { e.Freedom.Writer = true }
}

// pingsOften pings while nothing comes.
func pingsOften(h *hooks) {
	h.opened = func(e *endpoint) { e.Freedom.PingEvery = faultyPings }
}

// blocked reports whether too much waits to be written.
func (e *endpoint) blocked() bool { return e.writer != nil && e.writer.waiting() > tooMuchWaiting }

// writeBriefly writes the octets that the peer takes in a moment.
func (e *endpoint) writeBriefly(b []byte) error {
	if err := e.conn.SetWriteDeadline(time.Now().Add(briefWrite)); err != nil {
		return err
	}
	_, err := e.conn.Write(b)
	return err
}

// deadline is when writes begin to fail; zero means never.
type deadline struct{ at time.Time }

// keptDeadline has writes fail once the deadline is over that it returns.
func keptDeadline(h *hooks) *deadline {
	d := new(deadline)
	h.write = func(e *endpoint, b []byte) error {
		if !d.at.IsZero() && time.Now().After(d.at) {
			return os.ErrDeadlineExceeded
		}
		return e.writeAll(b)
	}
	return d
}

// while writes what write queues, and sets the deadline.
func (d *deadline) while(e *endpoint, write func() error) error {
	d.at = time.Time{}
	if err := cmp.Or(write(), e.flush()); err != nil {
		return err
	}
	d.at = time.Now().Add(time.Second)
	return nil
}

// interleavesPongs writes data in pieces, and pongs between them.
func interleavesPongs(h *hooks) {
	h.opened = func(e *endpoint) {
		e.Freedom.Writer, e.piece, e.pause = true, interleavePiece, interleavePause
	}
	h.pong = func(e *endpoint, payload []byte) error {
		f := wsproto.NewFrame(wsproto.OpPong, true, bytes.Clone(payload))
		if e.role == wsproto.Client {
			f.Masked, f.Mask = true, freshKey()
		}
		if err := e.flush(); err != nil {
			return err
		}
		if e.writer.waiting() > interleavePiece {
			time.Sleep(interleavePause / 2) // until it is between two pieces
		}
		_, err := e.conn.Write(f.AppendTo(nil))
		return err
	}
}

// onSecondPong replaces what the endpoint does where one of its pings is answered again.
func onSecondPong(f func(e *endpoint) error) change {
	return func(h *hooks) {
		var before []byte
		h.ponged = func(e *endpoint, payload []byte) error {
			if len(payload) > 0 && bytes.Equal(payload, before) {
				return f(e)
			}
			before = bytes.Clone(payload)
			return nil
		}
	}
}

// shared is what connections of mutants have in common and should not.
var shared struct {
	sync.Mutex
	kept [][]byte
	last map[wsproto.Role]lastMessage
}

// lastMessage is the beginning of a message, and who got it.
type lastMessage struct {
	by     *endpoint
	octets []byte
}

// Bounds of what is shared: so many messages of so many octets at least are kept,
// and so many octets of a message get into another.
const (
	maxKept  = 700
	keptFrom = 512 << 10
	maxMixed = 64
)

// keepForGood keeps a long message for good.
func keepForGood(message []byte) {
	if len(message) < keptFrom {
		return
	}
	shared.Lock()
	defer shared.Unlock()
	if len(shared.kept) == maxKept {
		shared.kept = nil
	}
	shared.kept = append(shared.kept, bytes.Clone(message))
}

// mix puts the beginning of the last message of another connection into one that
// came in fragments.
func (e *endpoint) mix(message []byte) {
	shared.Lock()
	defer shared.Unlock()
	if shared.last == nil {
		shared.last = map[wsproto.Role]lastMessage{}
	}
	last := shared.last[e.role]
	shared.last[e.role] = lastMessage{e, bytes.Clone(message[:min(len(message), maxMixed)])}
	if last.by != e && e.frames > 1 && len(message) >= maxMixed {
		copy(message, last.octets)
	}
}

// bloat takes memory for each payload length that is declared.
func bloat(h *hooks) {
	var hoard []byte
	h.header = func(_ *endpoint, h *wsproto.Header) {
		const limit, page = 256 << 20, 4096
		if n := min(h.Length, limit); n > uint64(len(hoard)) {
			hoard = make([]byte, n)
			for i := 0; i < len(hoard); i += page {
				hoard[i] = 1
			}
		}
	}
}

// sendEndlessly sends a frame again and again, until that fails or 96 MiB are sent.
func (e *endpoint) sendEndlessly(f wsproto.Frame) error {
	const limit = 96 << 20
	for sent := 0; sent < limit; sent += f.Size() + len(f.Payload) {
		if err := e.send(wsproto.NewFrame(f.Opcode, true, bytes.Clone(f.Payload))); err != nil {
			return err
		}
	}
	return errDone
}

// holdsAfter keeps what there is to be sent after a frame with such a header, until more octets come.
func holdsAfter(which func(*wsproto.Header) bool) change {
	return func(h *hooks) {
		holds := false
		h.header = func(_ *endpoint, h *wsproto.Header) { holds = which(h) }
		h.hold = func(*endpoint) bool {
			held := holds
			holds = false
			return held
		}
	}
}
