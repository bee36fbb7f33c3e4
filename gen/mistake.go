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

// makeMistake makes a mistake.
func makeMistake(t *draft) {
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
		beforeMistake(t)
	case t.seldom(16, "pong first"):
		pong(t)
	}
	t.broke = ""
	m.do(t)
	if t.broke != "" {
		t.blame(m.name, []oracle.ClauseID{t.broke})
		return
	}
	t.blame(m.name, m.clauses)
}

// beforeMistake is what may come between the beginning of a message and what is wrong in it.
func beforeMistake(t *draft) {
	switch t.d.below(8, "before the mistake") {
	case 4, 5:
		ping(t)
	case 6:
		pong(t)
	case 7:
		t.frame(wsproto.OpContinuation, false, t.payload(t.inside, t.smallSize()))
	}
}

// wrongSize draws the size of the payload of a data frame that is wrong: as of one that
// is right, more often none at all, and less often a long one.
func wrongSize(t *draft) int {
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
func dataFrame(t *draft) *oracle.Step {
	op := t.dataType()
	if t.inside == 0 {
		if t.seldom(12, "unfinished") {
			t.inside = op
		}
		return t.frame(op, t.inside == 0, t.payload(op, wrongSize(t)))
	}
	p := t.payload(t.inside, wrongSize(t))
	if t.d.below(3, "final") == 2 {
		return t.frame(wsproto.OpContinuation, false, p)
	}
	t.inside = 0
	return t.frame(wsproto.OpContinuation, true, p)
}

// controlFrame sends a ping, a pong or a close frame.
func controlFrame(t *draft) *oracle.Step {
	switch t.d.below(5, "control frame") {
	case 0, 1:
		return barePing(t)
	case 2, 3:
		return t.frame(wsproto.OpPong, true, controlPayload(t))
	}
	return t.frame(wsproto.OpClose, true, closePayload(ownCode(t), one(t, []string{"", "", "so long"}, "reason")))
}

// anyFrame sends a frame of any kind.
func anyFrame(t *draft) *oracle.Step {
	if t.d.below(5, "kind of frame") < 3 {
		return dataFrame(t)
	}
	return controlFrame(t)
}
