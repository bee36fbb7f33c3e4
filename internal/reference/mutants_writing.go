package reference

import (
	"bytes"
	"errors"
	"os"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// writingMutants break something where the other side does not read for a while, where
// two goroutines write, or where a ping is answered twice.
var writingMutants = []mutant{
	{Mutant: Mutant{Name: "drop-when-blocked", Clause: "wscheck/echo-missing", Roles: inBoth,
		Text: "Drops messages while too much waits to be written."}, fault: dropWhenBlocked},
	{Mutant: Mutant{Name: "lose-pong-when-blocked", Clause: "rfc6455/5.5.2/pong", Roles: inBoth,
		Text: "Answers no ping while too much waits to be written."}, fault: losePongWhenBlocked},
	{Mutant: Mutant{Name: "leave-when-blocked", Clause: "wscheck/stay", Roles: inBoth,
		Text: "Drops the connection where a write takes more than a tenth of a second."}, fault: leaveWhenBlocked},
	{Mutant: Mutant{Name: "tear-when-blocked", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Forgets the rest of what could not be written within a tenth of a second, and goes on with the next frame."}, fault: tearWhenBlocked},
	{Mutant: Mutant{Name: "interleave-pongs", Clause: "wscheck/echo-content", Roles: inBoth,
		Text: "Writes pongs in the middle of a data frame that is being written in pieces."}, fault: interleavePongs},
	{Mutant: Mutant{Name: "leave-on-second-pong", Clause: "wscheck/stay", Roles: inBoth,
		Text: "Pings every five seconds while nothing comes, and fails the connection where a ping is answered twice."}, fault: leaveOnSecondPong},
	{Mutant: Mutant{Name: "panic-on-second-pong", Clause: "wscheck/peer-panicked", Roles: inBoth,
		Text: "Pings every five seconds while nothing comes, and panics where a ping is answered twice."}, fault: panicOnSecondPong},
}

// Bounds of what mutants take for a write that blocks, and the size of the pieces in
// octets between which pongs get.
const (
	hastyWrite      = 100 * time.Millisecond
	tooMuchWaiting  = 8 << 10
	interleavePiece = 4 << 10
	interleaveGap   = time.Millisecond
	faultyPings     = 5 * time.Second
)

// writesApart reports whether the fault is one of an endpoint with a writer.
func (e *endpoint) writesApart() bool {
	return e.is(dropWhenBlocked) || e.is(losePongWhenBlocked) || e.is(interleavePongs)
}

// blocked reports whether too much waits to be written.
func (e *endpoint) blocked() bool { return e.writer != nil && e.writer.waiting() > tooMuchWaiting }

// writeHastily writes octets, but for those that are not taken in a moment.
func (e *endpoint) writeHastily(b []byte) error {
	if err := e.conn.SetWriteDeadline(time.Now().Add(hastyWrite)); err != nil {
		return err
	}
	_, err := e.conn.Write(b)
	if e.is(tearWhenBlocked) && errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return err
}

// pongPast writes a pong past the writer.
func (e *endpoint) pongPast(payload []byte) error {
	f := wsproto.NewFrame(wsproto.OpPong, true, bytes.Clone(payload))
	if e.role == wsproto.Client {
		f.Masked, f.Mask = true, e.rand.key()
	}
	if err := e.flush(); err != nil {
		return err
	}
	if e.writer.waiting() > interleavePiece {
		time.Sleep(interleaveGap / 2) // until it is between two pieces
	}
	_, err := e.conn.Write(f.AppendTo(nil))
	return err
}

// secondPong is what a mutant does where one of its pings is answered again.
func (e *endpoint) secondPong(payload []byte) error {
	m := &e.memory
	if again := len(payload) > 0 && bytes.Equal(payload, m.ponged); !again {
		m.ponged = bytes.Clone(payload)
		return nil
	}
	if e.is(panicOnSecondPong) {
		panic("reference: close of closed channel")
	}
	return e.violates(0, secControl, "ping is answered twice")
}
