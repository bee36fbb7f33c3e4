package oracle

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/wscheck/wscheck/internal/notation"
	"github.com/wscheck/wscheck/wsproto"
)

// Outcome is the result of judging one conversation.
type Outcome uint8

// The outcomes, from best to worst where they have an order. Inconclusive is
// never a pass: the conversation did not get to what it was to show.
const (
	Pass         Outcome = iota
	Allowed              // a SHOULD is not kept, or the RFC leaves it open
	Slow                 // what the peer owed came late, or was not seen in time: no proof of anything
	Undecidable          // what the peer does with messages is not known, and the case rests on that
	Unsupported          // the peer does not offer the feature under test
	Inconclusive         // the conversation ended before anything was shown
	Violation            // a MUST or MUST NOT is broken
)

var outcomeNames = [...]string{"pass", "allowed", "slow", "undecidable", "unsupported", "inconclusive", "violation"}

// String returns the outcome in lower case.
func (o Outcome) String() string { return notation.Name(o, outcomeNames[:]) }

// MarshalText writes the outcome's name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads an outcome's name.
func (o *Outcome) UnmarshalText(text []byte) error {
	return notation.ReadName(o, text, "outcome", outcomeNames[:])
}

// Basis says what a finding rests on.
type Basis uint8

// The bases, from the strongest to the weakest. A peer that did not do something
// in time may do it later: the engine plays such a conversation again before it
// counts.
const (
	Seen   Basis = iota // what the peer sent or did
	Quiet               // silence up to an [EventQuiet]
	Waited              // silence up to an [EventTimer]
)

var basisNames = [...]string{"seen", "quiet", "waited"}

// String returns the basis in lower case.
func (b Basis) String() string { return notation.Name(b, basisNames[:]) }

// MarshalText writes the basis' name.
func (b Basis) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads a basis' name.
func (b *Basis) UnmarshalText(text []byte) error {
	return notation.ReadName(b, text, "basis", basisNames[:])
}

// Finding is one clause that a peer broke or bent in a conversation.
type Finding struct {
	Clause  ClauseID `json:"clause"`
	Outcome Outcome  `json:"outcome"` // what this finding alone amounts to: Allowed, Slow or Violation
	Basis   Basis    `json:"basis,omitzero"`
	Event   int      `json:"event"`  // index into Trace.Events of the event that shows it
	Offset  int64    `json:"offset"` // octets that the peer had sent before the wrong one
	Want    string   `json:"want"`   // what the clause asks for here
	Got     string   `json:"got"`    // what the peer did
}

// Verdict is what the RFCs have to say of one conversation. It is sound: a
// conforming peer, however unusual, is never given a Violation.
type Verdict struct {
	Outcome  Outcome   `json:"outcome"`
	Findings []Finding `json:"findings,omitempty"`
	Reason   string    `json:"reason,omitempty"` // why Undecidable, Unsupported or Inconclusive, or Allowed without a finding
}

// Basis returns what the outcome rests on: the strongest basis of a finding that
// amounts to it. An outcome that is not of findings rests on what was not seen,
// if it is Inconclusive, and else on what was.
func (v *Verdict) Basis() Basis {
	if v.Outcome == Inconclusive {
		return Waited
	}
	if v.Outcome != Violation {
		return Seen
	}
	basis := Waited
	for i := range v.Findings {
		if f := &v.Findings[i]; f.Outcome == Violation {
			basis = min(basis, f.Basis)
		}
	}
	return basis
}

// Broken returns the clauses of the violations.
func (v *Verdict) Broken() (ids []ClauseID) {
	for i := range v.Findings {
		if f := &v.Findings[i]; f.Outcome == Violation {
			ids = append(ids, f.Clause)
		}
	}
	return ids
}

// Doubted returns the verdict with each violation that rests on silence made
// Slow, except those that proved reports true for.
func (v Verdict) Doubted(proved func(*Finding) bool) Verdict {
	v.Findings = slices.Clone(v.Findings)
	outcome := Pass
	for i := range v.Findings {
		f := &v.Findings[i]
		if f.Outcome == Violation && f.Basis != Seen && !proved(f) {
			f.Outcome = Slow
		}
		outcome = max(outcome, f.Outcome)
	}
	if v.Outcome == Violation {
		v.Outcome = outcome
	}
	return v
}

// ByGravity returns the findings with the gravest first, so that what has room
// for one shows the one that decided. Findings of one outcome stay in the order
// of the conversation. The result is a copy.
func (v *Verdict) ByGravity() []Finding {
	findings := slices.Clone(v.Findings)
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(b.Outcome, a.Outcome) })
	return findings
}

// Phrase is what comes before the clause where a finding is shown: "violation of",
// "allowed, by".
func (f *Finding) Phrase() string {
	if f.Outcome == Violation {
		return "violation of"
	}
	return f.Outcome.String() + ", by"
}

// ReasonDeclined is the reason of a verdict on a peer that has no compression, or
// wants none.
const ReasonDeclined = "the peer accepted none of the permessage-deflate offers"

// With returns v with one more finding, and what all of them amount to. A finding
// without a Want gets that of its clause.
func (v Verdict) With(f Finding) Verdict {
	if c := Lookup(f.Clause); f.Want == "" && c != nil {
		f.Want = c.conforming()
	}
	v.Findings = append(v.Findings[:len(v.Findings):len(v.Findings)], f)
	if v.Outcome = max(v.Outcome, f.Outcome); v.Outcome == Violation {
		v.Reason = ""
	}
	return v
}

// exercise notes that the peer had the opportunity to break rules.
func (j *Judge) exercise(rules ...rule) {
	for _, r := range rules {
		j.exercised.add(r)
	}
}

// report adds a finding, the first of its clause alone.
func (j *Judge) report(r rule, offset int64, want, got string) {
	j.add(r, weight(r), Seen, offset, want, got)
}

// reportSilence is report for what the peer did not do when it had its chance.
func (j *Judge) reportSilence(r rule, offset int64, want, got string) {
	j.add(r, weight(r), j.silence, offset, want, got)
}

// late adds a finding of something that came, but not when the peer had its
// chance. The RFCs name no times: "as soon as practical" is not one.
func (j *Judge) late(r rule, offset int64, want, what string) {
	j.add(r, Slow, Seen, offset, want, fmt.Sprintf("%s after %v", what, (j.at-max(j.sentAt, j.heardAt)).Round(time.Millisecond)))
}

// slowly reports whether the peer took so long over what it does now that it is
// worth a word.
func (j *Judge) slowly() bool { return j.at-max(j.sentAt, j.heardAt) >= DefaultPatience }

// bend adds a finding that is not a violation though the clause is binding: the
// RFC leaves a way out.
func (j *Judge) bend(r rule, offset int64, want, got string) {
	j.add(r, Allowed, Seen, offset, want, got)
}

func (j *Judge) reportf(r rule, offset int64, want, format string, args ...any) {
	if !j.reported.has(r) || j.silence != Seen {
		j.report(r, offset, want, fmt.Sprintf(format, args...))
	}
}

func (j *Judge) add(r rule, outcome Outcome, basis Basis, offset int64, want, got string) {
	j.exercised.add(r)
	f := Finding{Clause: r.clause().ID, Outcome: outcome, Basis: basis, Event: j.event, Offset: offset, Want: want, Got: got}
	if !j.reported.has(r) {
		j.reported.add(r)
		j.findings = append(j.findings, f)
		return
	}
	// What the peer did after it was silent shows more than the silence.
	i := slices.IndexFunc(j.findings, func(f Finding) bool { return f.Clause == r.clause().ID })
	if old := &j.findings[i]; basis < old.Basis && outcome >= old.Outcome {
		*old = f
	}
}

// weight is what a finding of the rule amounts to.
func weight(r rule) Outcome {
	if r.clause().Fatal() {
		return Violation
	}
	return Allowed
}

// Limit returns Unsupported and the reason where a peer closed with a code that
// speaks of a limit of its own, of its own end, or of what its application means by it,
// and Pass where it did not.
func Limit(p wsproto.ClosePayload) (Outcome, string) {
	if !p.HasCode {
		return Pass, ""
	}
	switch p.Code {
	case wsproto.CloseUnsupported, wsproto.ClosePolicy, wsproto.CloseTooBig, wsproto.CloseMandatoryExtension,
		wsproto.CloseGoingAway, wsproto.CloseServiceRestart, wsproto.CloseTryAgainLater:
	default:
		if p.Code < 4000 || p.Code > 4999 { // for private use (7.4.2)
			return Pass, ""
		}
	}
	return Unsupported, fmt.Sprintf("the peer closed with code %s", p.Code)
}
