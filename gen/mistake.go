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
	packed  bool              // it can be made in a compressed message too
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
	often := 5
	if m.packed && t.ext.compresses {
		often = 2 // most of these messages are compressed
	}
	switch {
	case t.inside != 0:
	case m.where == inside, m.where == anywhere && t.seldom(often, "within a message"):
		t.begin(m.packed)
		if t.seldom(16, "many frames") {
			runOn(t, t.rest != nil)
		} else {
			for range t.d.below(4, "before the mistake") {
				beforeMistake(t)
			}
		}
	case t.seldom(16, "pong first"):
		pong(t)
	case t.seldom(24, "run-up"):
		runUp(t)
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
	switch t.d.below(5, "what is before the mistake") {
	case 1:
		ping(t)
	case 2:
		pong(t)
	case 3, 4:
		t.goOn(false, t.smallSize())
	}
}

// begin sends the first frame of a message in several, now and then of a compressed one where
// there may be compression and packed says so.
func (t *draft) begin(packed bool) {
	if packed && t.ext.compresses && t.d.below(4, "compressed") > 0 {
		octets := rightPayloads()[0].payload
		at := t.d.below(len(octets), "cut")
		t.inside, t.rest = wsproto.OpText, octets[at:]
		t.frame(wsproto.OpText, false, oracle.Payload{Data: octets[:at:at]}).Frame.Rsv = rsv1
		t.met.add(stateInCompressed)
		return
	}
	t.inside, t.rest = t.dataType(), nil
	t.frame(t.inside, false, t.payload(t.inside, t.smallSize()))
	t.met.add(stateInText + state(t.inside-wsproto.OpText))
}

// goOn sends a later frame of the message under way, of so many octets unless it is
// compressed: then it has what is left, or a part of that.
func (t *draft) goOn(fin bool, size int) *oracle.Step {
	p := t.payload(t.inside, size)
	if t.rest != nil {
		n := len(t.rest)
		if !fin {
			n = t.d.below(n+1, "cut")
		}
		p, t.rest = oracle.Payload{Data: t.rest[:n:n]}, t.rest[n:]
	}
	if fin {
		t.inside, t.rest = 0, nil
	}
	return t.frame(wsproto.OpContinuation, fin, p)
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
	size := wrongSize(t)
	return t.goOn(t.d.below(3, "final") < 2, size)
}

// controlFrame sends a ping, a pong or a close frame.
func controlFrame(t *draft) *oracle.Step {
	n := 5
	if t.rest != nil {
		n = 4 // what peers make of a close frame there is another matter
	}
	switch t.d.below(n, "control frame") {
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
