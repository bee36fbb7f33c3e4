package link

import (
	"sync"
	"sync/atomic"
	"time"
)

// lag measures how much of the time this process did not get to run, while there
// are live connections.
var lag lagMeter

// lagMeter adds up how late a ticker of its own is.
type lagMeter struct {
	total atomic.Int64

	mu    sync.Mutex
	users int
	stop  chan struct{}
}

// Lateness below lagSlack is what any system has.
const (
	lagTick  = 10 * time.Millisecond
	lagSlack = 2 * time.Millisecond
)

// lost returns the time that was lost since the process began.
func (m *lagMeter) lost() time.Duration { return time.Duration(m.total.Load()) }

// begin has the time measured until as many calls of end.
func (m *lagMeter) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.users++; m.users == 1 {
		m.stop = make(chan struct{})
		go m.measure(m.stop)
	}
}

func (m *lagMeter) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.users--; m.users == 0 {
		close(m.stop)
	}
}

func (m *lagMeter) measure(stop chan struct{}) {
	timer := time.NewTimer(lagTick)
	defer timer.Stop()
	for begun := time.Now(); ; {
		select {
		case <-timer.C:
		case <-stop:
			return
		}
		now := time.Now()
		if late := now.Sub(begun) - lagTick; late > lagSlack {
			m.total.Add(int64(late))
		}
		begun = now
		timer.Reset(lagTick)
	}
}
