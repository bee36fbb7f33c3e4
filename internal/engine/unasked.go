package engine

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/oracle"
)

// What a server does that is taken for an echo because it echoed once: on a connection on which
// it is sent nothing, and on another one after the echo. The first is for a machine with nothing else to do. What
// comes after afterEcho may be due to a limit to the time in which nothing comes.
const (
	unaskedWait = 1500 * time.Millisecond
	afterEcho   = 400 * time.Millisecond
)

// checked is whether a server is no echo. There is one for all conversations with a server, made when
// it is first asked for.
type checked struct {
	once sync.Once
	err  error
}

// noEcho returns why a server is no echo that was taken for one, where the configuration does not say
// that it is; nil where it may be one. It is asked before anything is held against the server. The first
// time, no other conversation is under way meanwhile.
func (s *liveRun) noEcho(ctx context.Context) error {
	if !s.picked || !s.dialect.Echoes() || !s.preflight.Echoes {
		return nil
	}
	s.checked.once.Do(func() {
		defer s.turns.enter(ctx, true)()
		var heard, told Preflight
		var ends string
		var beside sync.WaitGroup
		beside.Go(func() {
			heard, _ = s.hear(ctx, waits(process.Stretch(unaskedWait)))
		})
		script := waits(process.Stretch(unaskedWait) / 3) // until the other connection is there
		script.Steps = append(append(script.Steps, probeScript().Steps...), waits(afterEcho).Steps...)
		told, ends = s.hear(ctx, script)
		beside.Wait()
		switch {
		case heard.Echoes:
			s.checked.err = &untestable{"it sends what comes on one connection on others too, so that it is no echo: add --dialect none"}
		case heard.First != "":
			s.checked.err = &untestable{"it sends messages without being asked, so that it is no echo (" + heard.First + "): add --dialect none, or --dialect greeting for an echo after a greeting"}
		case told.Echoes && ends != "":
			s.checked.err = &untestable{"it ends each connection of its own accord after an echo, with " + ends + ": add --dialect none"}
		}
	})
	return s.checked.err
}

// hear has the conversation of a script, and returns what it shows, and how the server ended it: see [endedBy]. That is
// nothing where the server breaks another rule than those for an echo.
func (s *liveRun) hear(ctx context.Context, script oracle.Script) (p Preflight, ends string) {
	conn, run, err := s.connect(ctx)
	if err != nil {
		return p, ""
	}
	c := s.conversation(ctx, conn, run, &catalogue.Case{ID: probeID, Script: script}, false)
	c.settle.never = true
	c.playUntil(ctx, conn)
	c.awaitReturn(run)
	if p.learn(c); c.silentFor() < afterEcho {
		ends = endedBy(c)
	}
	v := c.verdict()
	for _, id := range v.Broken() {
		if id != "wscheck/stay" && id != "wscheck/peer-mixed" && !strings.HasPrefix(string(id), "wscheck/echo-") {
			return Preflight{}, ""
		}
	}
	return p, ends
}

// waits is a script that waits.
func waits(d time.Duration) oracle.Script {
	return oracle.Script{Steps: []oracle.Step{{Kind: oracle.StepWait, Timeout: d}}}
}

// silentFor is how long nothing had come or gone before the last octets of the peer's.
func (c *conversation) silentFor() (silence time.Duration) {
	var last time.Duration
	for i := range c.rec.Trace.Events {
		switch ev := &c.rec.Trace.Events[i]; ev.Kind {
		case oracle.EventReceived:
			silence, last = ev.At-last, ev.At
		case oracle.EventSent:
			last = ev.At
		}
	}
	return silence
}
