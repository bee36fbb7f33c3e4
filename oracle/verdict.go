package oracle

import "fmt"

// Outcome is the result of judging one conversation.
type Outcome uint8

// The outcomes, from best to worst as far as an order exists. Inconclusive is
// never a pass: the conversation did not get to what it was to show.
const (
	Pass         Outcome = iota
	Allowed              // a SHOULD is not kept, or the RFC leaves it open
	Unsupported          // the peer does not offer the feature under test
	Inconclusive         // the conversation ended before anything was shown
	Violation            // a MUST or MUST NOT is broken
)

var outcomeNames = [...]string{"pass", "allowed", "unsupported", "inconclusive", "violation"}

// String returns the outcome in lower case.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// MarshalText writes the outcome's name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads an outcome's name.
func (o *Outcome) UnmarshalText(b []byte) error {
	for i, name := range outcomeNames {
		if name == string(b) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("unknown outcome %q (want one of %v)", b, outcomeNames)
}

// Finding is one clause that a peer broke or bent in a conversation.
type Finding struct {
	Clause  ClauseID `json:"clause"`
	Outcome Outcome  `json:"outcome"` // what this finding alone amounts to: Allowed or Violation
	Event   int      `json:"event"`   // index into Trace.Events of the event that shows it
	Offset  int64    `json:"offset"`  // octets that the peer had sent before the one at fault
	Want    string   `json:"want"`    // what the clause asks for here
	Got     string   `json:"got"`     // what the peer did
}

// Verdict is what the RFCs have to say of one conversation. It is sound: a
// conforming peer, however unusual, is never given a Violation.
type Verdict struct {
	Outcome  Outcome   `json:"outcome"`
	Findings []Finding `json:"findings,omitempty"`
	Reason   string    `json:"reason,omitempty"` // why Unsupported or Inconclusive, or Allowed without a finding
}
