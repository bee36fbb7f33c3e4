package engine

import (
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/learn"
	"github.com/wscheck/wscheck/oracle"
)

// word is what a conversation says, input by input, instead of the steps of its
// script, and what it hears.
type word struct {
	inputs []*learn.Input
	expect []learn.Output // of the first inputs: none for those that are not known
	times  wordTimes

	opened   bool
	left     bool           // the peer ended the connection before the first input
	deflate  bool           // it was agreed on
	greeting string         // what came before the first input; only looked for where there is none
	answers  []learn.Output // one for each input, up to the one that ended the connection
}

// wordTimes say how long nothing has to come before an answer is complete.
type wordTimes struct {
	lull     time.Duration // where nothing is expected, or all that is has come
	more     time.Duration // where something has come, and more may
	patience time.Duration // where it is not known what comes
	ending   time.Duration // where the connection has to come to its end
}

// learnCase is the case whose script has the opening handshake of all words.
func learnCase(offer bool) *catalogue.Case {
	cs := &catalogue.Case{ID: RandomPrefix + "learn", Roles: catalogue.InBoth}
	if offer {
		cs.Script.Handshake.Offers = []string{deflate.Name}
		cs.ServerDeflate = []catalogue.DeflateAnswer{{}}
	}
	return cs
}

// say says the word with a player, once the connection is open, and closes it.
func (w *word) say(c *scriptPlayer) {
	if c.lost || c.ep.phase != opened {
		c.finish(false)
		return
	}
	w.opened, w.deflate = true, c.opening.compression != nil
	var theirs *deflate.Stream
	if w.deflate {
		theirs = &c.opening.compression.theirs
	}
	d := learn.NewDialogue(c.role.Peer(), theirs)
	d.Octets(c.early)
	heard := len(c.rec.Trace.Events)
	if len(w.inputs) == 0 || len(c.early) > 0 {
		heard = w.listen(c, d, heard, w.times.patience, nil)
	}
	w.left = c.lost
	if a := d.Answer(false); a.Text != learn.Nothing {
		w.greeting = a.Text
	}
	for i, in := range w.inputs {
		if c.lost {
			break
		}
		var expect *learn.Output
		if i < len(w.expect) {
			expect = &w.expect[i]
		}
		c.step = i
		c.event(oracle.Event{Kind: oracle.EventStep})
		for _, s := range d.Say(in) {
			c.take(&s)
		}
		wait := w.times.patience
		switch {
		case in.Ends:
			wait = w.times.ending
		case expect != nil && expect.Text == learn.Nothing:
			wait = w.times.lull
		}
		heard = w.listen(c, d, heard, wait, expect)
		if i == len(w.inputs)-1 && expect != nil && expect.Text != learn.Nothing {
			heard = w.listen(c, d, heard, w.times.lull, nil) // for what comes beyond
		}
		w.answers = append(w.answers, d.Answer(c.lost || in.Ends))
	}
	if !c.lost {
		c.ep.abandon()
		c.finish(true)
	}
}

// Bounds of an answer: the octets that a peer may send in a conversation, and how
// many times as long as a wait it may still send some.
const (
	wordOctets = 256 << 10
	listenFor  = 4
)

// listen takes what comes until nothing has come for a time, or what is expected
// has. heard is the number of events that were listened to.
func (w *word) listen(c *scriptPlayer, d *learn.Dialogue, heard int, wait time.Duration, expect *learn.Output) int {
	c.drain(0)
	for began := time.Now(); ; {
		events := c.rec.Trace.Events
		for ; heard < len(events); heard++ {
			d.Hear(&events[heard])
		}
		switch {
		case c.lost:
			return heard
		case c.received > wordOctets:
			c.event(oracle.Event{Kind: oracle.EventOverflow, Tag: "more than an answer can be"})
			c.ep.abandon()
			c.finish(false)
			continue
		case expect != nil && !expect.Ends && expect.Text != learn.Nothing && d.Answer(false) == *expect:
			return heard
		}
		limit := wait
		switch {
		case c.ep.phase != opened:
			limit = max(wait, w.times.ending)
		case d.Answer(false).Text != learn.Nothing:
			limit = min(wait, w.times.more)
		}
		if !c.pumpUntil(earlier(c.lastActive.Add(limit), began.Add(listenFor*limit))) {
			return heard
		}
	}
}
