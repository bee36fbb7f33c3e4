package probe

import (
	"slices"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Rules returns the clauses that a peer breaks if it takes what the script
// sends: the opening handshake, however wrong, and what follows it. If a peer
// does right to take it all, there are none.
func Rules(s *oracle.Script) ([]oracle.ClauseID, error) {
	t, err := opening(s)
	if err != nil {
		return nil, err
	}
	if err := t.render(s); err != nil {
		return nil, err
	}
	events, _ := t.Events() // what follows a message that is too long is not answered
	p := NewProber(t, Replies(events))
	p.greets = true
	return violated(p.Taken(len(t.Octets))), nil
}

// violated returns the clauses of the violations.
func violated(findings []oracle.Finding) (rules []oracle.ClauseID) {
	for i := range findings {
		if findings[i].Outcome == oracle.Violation && !slices.Contains(rules, findings[i].Clause) {
			rules = append(rules, findings[i].Clause)
		}
	}
	return rules
}

// Replies returns what a peer answers that takes everything: a pong to each ping
// and, at last, a close frame.
func Replies(events []Event) (replies []Reply) {
	for i := range events {
		switch e := &events[i]; e.Opcode {
		case wsproto.OpPing:
			replies = append(replies, Reply{e.At, wsproto.NewFrame(wsproto.OpPong, true, e.Data[:min(len(e.Data), 125)])})
		case wsproto.OpClose:
			replies = append(replies, Reply{e.At, wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, wsproto.CloseNormal, ""))})
		}
	}
	return replies
}
