package engine

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/wscheck/wscheck/oracle"
)

// echoes knows whether a peer was seen to send messages. Its methods may be called side by side.
type echoes struct {
	heard atomic.Bool
	mute  atomic.Int32 // first conversations with messages of ours and none of its own
}

// muteCases is in how many conversations a peer has to send no message at all to
// count as one that does not echo.
const muteCases = 4

// learn takes a conversation that is over.
func (e *echoes) learn(c *conversation) {
	switch {
	case c.ep.counts[oracle.AwaitMessage] > 0:
		e.heard.Store(true)
	case !c.again && c.act == nil && sendsMessage(c.script) && c.ep.WasOpen:
		e.mute.Add(1)
	}
}

// none reports whether the peer of a dialect should send messages, and was not seen to.
func (e *echoes) none(d *oracle.Dialect) bool { return d.Echoes() && !e.heard.Load() }

// hopeless says why there is no use in playing more cases, where what the peer does not send was waited
// for with patience too: "" where there is.
func (e *echoes) hopeless(d *oracle.Dialect, doubts *doubts) string {
	n := e.mute.Load()
	if !e.none(d) || n < muteCases || doubts.proofs() < enough {
		return ""
	}
	return fmt.Sprintf("the peer echoes nothing: it has sent no message in %d conversations", n)
}

// sendsMessage reports whether a script has a message for the peer to echo.
func sendsMessage(s *oracle.Script) bool {
	return slices.ContainsFunc(s.Steps, func(s oracle.Step) bool {
		return s.Kind == oracle.StepMessage || s.Kind == oracle.StepEcho || s.Kind == oracle.StepFrame && s.Frame.Opcode.IsData()
	})
}
