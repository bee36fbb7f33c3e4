package reference

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"time"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/utf8stream"
	"github.com/wscheck/wscheck/wsproto"
)

// memory is what mutants remember and should not.
type memory struct {
	previousKey [4]byte        // of the frame before
	firstKey    [4]byte        // of the first frame of the message
	phase       int            // octets masked before the frame, modulo 4 in effect
	frames      int            // frames read
	fragments   int            // frames of the message
	fragmented  bool           // there was a message in fragments
	texts       int            // text messages begun
	pings       int            // pings received
	ping        []byte         // payload of the ping before
	opcode      wsproto.Opcode // of a message before
	message     []byte         // payload of a message before
	ponged      []byte         // payload of the pong before
	hoard       []byte         // memory taken for nothing
	size        uint64         // of the frame, header included
	reads       int            // of the frame
	within      bool           // a data frame
}

// maxFaultyControl is the longest control frame in octets whose payload is
// taken at all, by a mutant that takes one too long.
const maxFaultyControl = 64 << 10

// refusesHeader returns the violation that a mutant sees in a header which is
// as it should be.
func (e *endpoint) refusesHeader(b []byte) *Violation {
	h, n := wsproto.ParseHeader(b)
	if n == 0 {
		if e.is(refuseSplitHeader) && len(b) > 2 {
			return e.violates(0, secFraming, "header is cut off")
		}
		return nil
	}
	switch {
	case e.is(refuseControl125) && h.Opcode.IsControl() && h.Length == maxControl,
		e.is(refuseLength126) && h.Length == 126,
		e.is(refuseLength65536) && h.Length == 1<<16,
		e.is(refuseEmptyFragment) && h.Opcode.IsData() && h.Length == 0 && (!h.Fin || h.Opcode == wsproto.OpContinuation):
		return e.violates(0, secFraming, "length is out of bounds")
	case e.is(refuseManyFragments) && e.memory.fragments > 256 && h.Opcode == wsproto.OpContinuation && !h.Fin:
		return e.violates(0, secFragmentation, "message has too many frames")
	case e.is(panicOnLength) && h.Length>>63 != 0:
		panic("reference: negative length")
	}
	return nil
}

// misread returns a header as a mutant reads it, and takes memory as one does.
func (e *endpoint) misread(h wsproto.Header) wsproto.Header {
	e.memory.frames++
	e.memory.size, e.memory.reads, e.memory.within = uint64(h.Size())+h.Length, 0, h.Opcode.IsData()
	switch {
	case e.is(lengthLittleEndian) && h.Form == wsproto.Form16:
		h.Length = h.Length&0xff<<8 | h.Length>>8
	case e.is(lengthOneMore126) && h.Length == 126, e.is(lengthOneMore65535) && h.Length == 65535:
		h.Length++
	case e.is(acceptTopBit):
		h.Length &^= 1 << 63
	case e.is(bloat):
		const limit, page = 256 << 20, 4096
		if n := min(h.Length, limit); n > uint64(len(e.memory.hoard)) {
			e.memory.hoard = make([]byte, n)
			for i := 0; i < len(e.memory.hoard); i += page {
				e.memory.hoard[i] = 1
			}
		}
	}
	return h
}

// skips reports whether a mutant that takes a frame which it must not take
// reads on as if nothing was.
func (e *endpoint) skips(h wsproto.Header) bool {
	switch {
	case e.failedHalf && e.is(failThenPong) && !h.Opcode.IsControl():
		return true
	case h.Opcode.IsReserved(), h.Opcode.IsControl() && h.Length > maxFaultyControl:
		return true
	case h.Opcode == wsproto.OpContinuation:
		return e.opcode == 0 && e.is(acceptOrphanEmpty)
	case h.Opcode == wsproto.OpClose:
		return !h.Fin && !e.is(answerFragmentedClose) || h.Length == 1 || h.Length > maxControl && !e.is(answerLongClose)
	}
	return false
}

// endFragment is what a mutant does at the end of a data frame, whose payload
// is the message from octet number from on.
func (e *endpoint) endFragment(h wsproto.Header, from int) error {
	m := &e.memory
	m.within = false
	if h.Opcode == wsproto.OpContinuation {
		m.fragments++
		m.fragmented = true
	} else {
		m.fragments = 1
		if h.Opcode == wsproto.OpText {
			m.texts++
		}
	}
	if !e.compressed {
		e.endFaultyFrame(h, e.msg[from:])
	}
	switch {
	case e.is(toilFragments):
		e.toil()
	case e.is(echoLastFragment) && m.fragments > 1:
		e.msg = append(e.msg[:0], e.msg[from:]...)
		e.checked = len(e.msg)
	case e.is(echoFirstFragment) && m.fragments > 1:
		e.msg = e.msg[:from]
		e.checked = from
	case e.is(forgetAtFragment) && !h.Fin:
		e.utf8.Reset()
	case e.is(refuseSplitCodePoint) && e.opcode == wsproto.OpText && !h.Fin && !e.utf8.Complete():
		return e.badUTF8(0)
	}
	return nil
}

// endFaultyMessage is what a mutant does with a message before it echoes it, or
// instead, where done.
func (e *endpoint) endFaultyMessage(op wsproto.Opcode) (done bool, err error) {
	switch {
	case e.is(refuseBinary) && op == wsproto.OpBinary && !utf8.Valid(e.msg),
		e.is(refuseNoncharacters) && op == wsproto.OpText && bytes.ContainsAny(e.msg, "\ufffe\uffff"):
		return false, e.badUTF8(0)
	case e.is(keepMessages):
		keepForGood(e.msg)
	case e.is(mixConnections):
		e.mix(e.msg)
	case e.is(repairText) && op == wsproto.OpText:
		e.msg = bytes.ToValidUTF8(e.msg, []byte("\ufffd"))
	case e.is(hangOnBinary) && op == wsproto.OpBinary:
		if err := e.flush(); err != nil {
			return false, err
		}
		e.hang()
		return true, nil
	case e.is(exitOnEmptyBinary) && op == wsproto.OpBinary && len(e.msg) == 0:
		runtime.Goexit()
	case e.is(panicOnEmptyText) && op == wsproto.OpText && len(e.msg) == 0:
		panic("reference: no first octet in an empty text")
	case e.is(leaveAfterTwo) && e.count == 3:
		return true, e.startClose(wsproto.CloseNormal, "")
	case e.is(dropWhenBlocked) && e.blocked():
		return true, nil
	case e.is(endlessEcho):
		return false, e.sendEndlessly(wsproto.NewFrame(op, true, e.msg))
	}
	return false, nil
}

// endFaultyControl is what a mutant does with a control frame before it handles
// it, or instead, where done.
func (e *endpoint) endFaultyControl(h wsproto.Header, reason *utf8stream.Checker) (done bool, err error) {
	switch h.Opcode {
	case wsproto.OpClose:
		switch {
		case !reason.Complete() && (e.is(skipBadReason) || e.is(skipCutReason)):
			return true, nil
		case e.is(panicOnEmptyClose):
			_ = binary.BigEndian.Uint16(e.payload)
		case e.is(endlessPings):
			return false, e.sendEndlessly(wsproto.NewFrame(wsproto.OpPing, true, make([]byte, maxControl)))
		}
		return false, nil
	case wsproto.OpPong:
		switch {
		case e.is(leaveOnPong):
			return false, e.violates(0, secControl, "pong was not asked for")
		case e.is(leaveOnSecondPong), e.is(panicOnSecondPong):
			return false, e.secondPong(e.payload)
		}
		return false, nil
	}
	switch {
	case e.is(losePongWhenBlocked) && e.blocked():
		return true, nil
	case e.is(interleavePongs) && !e.sentClose:
		return true, e.pongPast(e.payload)
	}
	e.endFaultyFrame(h, e.payload)
	e.payload = e.payload[:min(len(e.payload), maxControl)]
	switch {
	case e.opcode == 0:
	case e.is(inflateLostAtPing) && e.compressed:
		e.inflater.Reset(deflate.Stream{}, int(e.MaxMessage))
	case e.is(forgetAtPing):
		e.utf8.Reset()
	case e.is(controlJoinsMessage):
		e.msg = append(e.msg, e.payload...)
		e.checked = len(e.msg)
	case e.is(controlEndsMessage):
		err = e.echo(e.opcode, e.msg)
		e.msg, e.checked = e.msg[:0], 0
	}
	return false, err
}

// holds reports whether a mutant, about to wait, keeps what it has to send until
// more octets come.
func (e *endpoint) holds() bool {
	m := &e.memory
	switch {
	case e.is(holdMidFrame):
		return m.within
	case e.is(holdAtBuffer) && (m.size == 4096 || m.size == 8192 || m.size == 16384 || m.size == 65536):
		m.size = 0
		return true
	}
	return false
}

// sendEndlessly sends a frame again and again, until that fails or, lest nobody
// stops it, 96 MiB are sent.
func (e *endpoint) sendEndlessly(f wsproto.Frame) error {
	const limit = 96 << 20
	for sent := 0; sent < limit; sent += f.Size() + len(f.Payload) {
		if err := e.send(wsproto.NewFrame(f.Opcode, true, bytes.Clone(f.Payload))); err != nil {
			return err
		}
	}
	return errDone
}

// openFaulty is what a mutant does before it answers the opening handshake.
func (e *endpoint) openFaulty() {
	switch e.fault {
	case hangOpening:
		e.hang()
	case frameBeforeResponse:
		e.out = wsproto.NewFrame(wsproto.OpPong, true, nil).AppendTo(e.out)
	}
}

// sendEarly sends a frame before the server's response is there.
func (e *endpoint) sendEarly() error {
	if err := e.send(wsproto.NewFrame(wsproto.OpPing, true, nil)); err != nil {
		return err
	}
	return e.flush()
}

// beginFaulty is what a mutant does after the opening handshake.
func (e *endpoint) beginFaulty() {
	switch e.fault {
	case loseFirstFrames:
		e.take(len(e.buffered()))
	case hangAfterOpening:
		e.hang()
	case leaveOnSecondPong, panicOnSecondPong:
		e.Freedom.PingEvery = faultyPings
	}
}

// failHalf sends the close frame of a failed connection and has the endpoint go
// on after the frame at fault, which only works where that is known by its
// header. It reports whether it does.
func (e *endpoint) failHalf(err error) bool {
	var v *Violation
	h, n := wsproto.ParseHeader(e.buffered())
	if !errors.As(err, &v) || v.Code != wsproto.CloseProtocolError || n == 0 {
		return false
	}
	e.take(n)
	if e.sendClose(v.Code, v.Text) != nil || e.skip(h) != nil {
		return false
	}
	e.sentClose, e.failedHalf = false, true
	e.opcode = 0
	return true
}

// failFaulty fails the connection as a mutant does, and reports whether it is
// one that does so in its own way.
func (e *endpoint) failFaulty(v *Violation) bool {
	switch e.fault {
	case failTCPOpen:
		if e.sendClose(v.Code, v.Text) == nil && e.flush() == nil {
			e.linger()
		}
	case failSilentOpen:
		if e.flush() == nil {
			e.linger()
		}
	default:
		return false
	}
	return true
}

// linger keeps the connection open and reads to no purpose, until the peer ends
// it or the idle time is over.
func (e *endpoint) linger() error {
	if err := e.conn.SetReadDeadline(time.Now().Add(e.IdleTimeout)); err != nil {
		return err
	}
	for {
		if _, err := e.conn.Read(e.in); err != nil {
			return nil
		}
	}
}

// hang does nothing, until the idle time is over or the endpoint is stopped.
func (e *endpoint) hang() {
	t := time.NewTimer(e.IdleTimeout)
	defer t.Stop()
	select {
	case <-t.C:
	case <-e.stopped:
	}
}

// sendRSV1Twice sends a compressed message in two fragments that both have RSV1.
func (e *endpoint) sendRSV1Twice(op wsproto.Opcode, packed []byte) error {
	half := len(packed) / 2
	first := wsproto.NewFrame(op, false, packed[:half:half])
	last := wsproto.NewFrame(wsproto.OpContinuation, true, packed[half:])
	first.Rsv, last.Rsv = rsv1, rsv1
	if err := e.send(first); err != nil {
		return err
	}
	return e.send(last)
}
