package http2

import (
	"sync"
	"time"
)

// deadlines are those of a connection whose calls wait on a condition: its lock is held
// where they are looked at.
type deadlines struct {
	on          *sync.Cond
	read, write deadline
}

// deadline is that of one kind of call.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

func (d *deadline) expired() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

// SetDeadline sets the deadline of reads and writes.
func (d *deadlines) SetDeadline(at time.Time) error {
	_ = d.SetReadDeadline(at)
	return d.SetWriteDeadline(at)
}

// SetReadDeadline sets the deadline of reads.
func (d *deadlines) SetReadDeadline(at time.Time) error { return d.set(&d.read, at) }

// SetWriteDeadline sets the deadline of writes.
func (d *deadlines) SetWriteDeadline(at time.Time) error { return d.set(&d.write, at) }

// set sets one of them, and has those look again who wait.
func (d *deadlines) set(one *deadline, at time.Time) error {
	d.on.L.Lock()
	defer d.on.L.Unlock()
	one.at = at
	switch {
	case at.IsZero() && one.timer != nil:
		one.timer.Stop()
	case at.IsZero():
	case one.timer != nil:
		one.timer.Reset(time.Until(at))
	default:
		one.timer = time.AfterFunc(time.Until(at), func() {
			d.on.L.Lock()
			d.on.Broadcast()
			d.on.L.Unlock()
		})
	}
	d.on.Broadcast()
	return nil
}
