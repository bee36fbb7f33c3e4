package oracle

// What is wanted of a peer in what is measured, or compared with other
// connections, while a conversation is under way.
const (
	WantBloated = "memory in proportion to what was sent"
	WantToiled  = "work that grows as what was sent does"
	WantKept    = "memory that is free once connections are over"
	WantMixed   = "octets that came on this connection"
)

// ReasonDeclined is the reason of a verdict on a peer that has no compression, or
// wants none.
const ReasonDeclined = "the peer accepted none of the permessage-deflate offers"

// With returns v with one more finding, and what all of them amount to.
func (v Verdict) With(f Finding) Verdict {
	v.Findings = append(v.Findings[:len(v.Findings):len(v.Findings)], f)
	if v.Outcome = max(v.Outcome, f.Outcome); v.Outcome == Violation {
		v.Reason = ""
	}
	return v
}
