package gen

import (
	"slices"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// mistake is something wrong that our side can do on an open connection.
type mistake struct {
	name    string
	weight  int // how many times as often as one of weight 1, by how many forms it has
	where   place
	only    need
	clauses []oracle.ClauseID // that it may put to the test
	do      func(*draft)
}

// place is where in a conversation a mistake can be made.
type place uint8

const (
	anywhere place = iota
	inside         // a fragmented message
	outside        // any
)

// need is what a mistake needs to be one.
type need uint8

const (
	always     need = iota
	asClient        // our side is the client
	asServer        // our side is the server
	compressed      // an extension may compress
)

// possible are the mistakes that can be made, by role and by whether there may
// be compression.
var possible = func() (all [2][2][]*mistake) {
	table := slices.Concat(headerMistakes, fragmentMistakes, controlMistakes, textMistakes, closeMistakes, lengthMistakes, deflateMistakes)
	for i := range table {
		m := &table[i]
		for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
			if m.only == asClient && role != wsproto.Client || m.only == asServer && role != wsproto.Server {
				continue
			}
			of := slices.Repeat([]*mistake{m}, m.weight)
			if m.only != compressed {
				all[role][0] = append(all[role][0], of...)
			}
			all[role][1] = append(all[role][1], of...)
		}
	}
	return all
}()

// err makes a mistake.
func (t *draft) err() {
	among := possible[t.role][0]
	if t.ext.compresses {
		among = possible[t.role][1]
		if t.d.below(3, "about compression") == 2 {
			among = compressionMistakes()
		}
	}
	m := one(t, among, "mistake")
	switch {
	case t.inside != 0:
	case m.where == inside, m.where == anywhere && t.seldom(5, "within a message"):
		op := t.dataType()
		t.frame(op, false, t.payload(op, t.smallSize()))
		t.inside = op
		t.met.add(stateInText + state(op-wsproto.OpText))
		t.before()
	case t.seldom(16, "pong first"):
		t.pong()
	}
	t.broke = ""
	m.do(t)
	if t.broke != "" {
		t.blame(m.name, []oracle.ClauseID{t.broke})
		return
	}
	t.blame(m.name, m.clauses)
}

// before is what may come between the beginning of a message and what is wrong in it.
func (t *draft) before() {
	switch t.d.below(8, "before the mistake") {
	case 4, 5:
		t.ping()
	case 6:
		t.pong()
	case 7:
		t.frame(wsproto.OpContinuation, false, t.payload(t.inside, t.smallSize()))
	}
}

// wrongSize draws the size of the payload of a data frame that is wrong: as of one that
// is right, more often none at all, and less often a long one.
func (t *draft) wrongSize() int {
	if t.seldom(8, "empty") {
		return 0
	}
	if t.seldom(8, "any size") {
		return t.size()
	}
	return t.smallSize()
}

// dataFrame sends a data frame that is right where the conversation is: a whole
// message, the beginning of one, or a continuation.
func (t *draft) dataFrame() *oracle.Step {
	op := t.dataType()
	if t.inside == 0 {
		if t.seldom(12, "unfinished") {
			t.inside = op
		}
		return t.frame(op, t.inside == 0, t.payload(op, t.wrongSize()))
	}
	p := t.payload(t.inside, t.wrongSize())
	if t.d.below(3, "final") == 2 {
		return t.frame(wsproto.OpContinuation, false, p)
	}
	t.inside = 0
	return t.frame(wsproto.OpContinuation, true, p)
}

// controlFrame sends a ping, a pong or a close frame.
func (t *draft) controlFrame() *oracle.Step {
	switch t.d.below(5, "control frame") {
	case 0, 1:
		return t.barePing()
	case 2, 3:
		return t.frame(wsproto.OpPong, true, t.controlPayload())
	}
	return t.frame(wsproto.OpClose, true, closePayload(t.ownCode(), one(t, []string{"", "", "so long"}, "reason")))
}

// anyFrame sends a frame of any kind.
func (t *draft) anyFrame() *oracle.Step {
	if t.d.below(5, "kind of frame") < 3 {
		return t.dataFrame()
	}
	return t.controlFrame()
}
