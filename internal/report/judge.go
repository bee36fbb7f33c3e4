package report

import (
	"cmp"
	"slices"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/oracle"
)

// Failed reports whether the result fails a run that this judge decides.
//
// For [JudgeRFC], a violation fails, and so does an inconclusive conversation:
// it did not show what it had to. For [JudgeAutobahn], a behavior fails that is
// none of OK, NON-STRICT, INFORMATIONAL and UNIMPLEMENTED, and so does a closing
// behavior that is none of OK, INFORMATIONAL and UNIMPLEMENTED, as CI scripts
// over Autobahn's reports have it; where a case is UNIMPLEMENTED, how it closed
// does not count. A case that Autobahn|Testsuite does not have is always judged
// by the RFCs, and one during which the peer died fails.
func (r *Result) Failed(judge Judge) bool {
	if r.Died != "" {
		return true
	}
	if judge == JudgeAutobahn && r.Record != nil {
		if r.Doubt != "" && r.Record.Waited {
			return false
		}
		switch r.Record.Behavior {
		case autobahn.Unimplemented:
			return false
		case autobahn.OK, autobahn.NonStrict, autobahn.Informational:
			switch r.Record.BehaviorClose {
			case autobahn.OK, autobahn.Informational, autobahn.Unimplemented:
				return false
			}
		}
		return true
	}
	return lookOf(r.RFC.Outcome).fails
}

// Behavior is the verdict on the result in Autobahn's words: its own, or for a
// case that it does not have the one that means the same as the RFC verdict.
func (r *Result) Behavior() autobahn.Behavior {
	if r.Record != nil {
		return r.Record.Behavior
	}
	return lookOf(r.RFC.Outcome).behavior
}

// look is all that reports have to know of an outcome.
type look struct {
	outcome  oracle.Outcome
	Label    Label
	fails    bool              // a run that the RFCs decide
	behavior autobahn.Behavior // what it is in Autobahn's words
	Legend   string            // what it means, for the index page; "" for what another row says
}

// Looks has a row for each outcome, from best to worst.
var Looks = []look{
	{oracle.Pass, Label{"Pass", ToneOK}, false, autobahn.OK, ""},
	{oracle.Allowed, Label{"Allowed", ToneNote}, false, autobahn.NonStrict,
		"RFC: conforming; a SHOULD is not kept, or the RFC leaves it open."},
	{oracle.Slow, Label{"Slow", ToneNote}, false, autobahn.NonStrict,
		"RFC: something came late, or was not seen in time, which proves nothing."},
	{oracle.Undecidable, Label{"Not decidable", ToneSkip}, false, autobahn.Unimplemented,
		"RFC: what the peer does with messages is not known, and the case rests on that."},
	{oracle.Unsupported, Label{"Unsupported", ToneSkip}, false, autobahn.Unimplemented,
		"RFC: the peer does not have the feature that the case is about."},
	{oracle.Inconclusive, Label{"Inconclusive", ToneFail}, true, autobahn.Failed,
		"RFC: the conversation ended before anything was shown. This is never a pass."},
	{oracle.Violation, Label{"Violation", ToneFail}, true, autobahn.Failed,
		"RFC: the peer broke a MUST or a MUST NOT."},
}

// lookOf returns the row of an outcome. One that has none fails.
func lookOf(o oracle.Outcome) look {
	if i := slices.IndexFunc(Looks, func(l look) bool { return l.outcome == o }); i >= 0 {
		return Looks[i]
	}
	return look{o, Label{o.String(), ToneFail}, true, autobahn.Failed, ""}
}

// Clean reports whether there is nothing to report of the result: it does
// not fail, and neither is it allowed only, non-strict or unsupported.
func (r *Result) Clean(judge Judge) bool {
	if r.Failed(judge) {
		return false
	}
	if judge == JudgeAutobahn && r.Record != nil {
		return r.Doubt == "" && (r.Record.Behavior == autobahn.OK || r.Record.Behavior == autobahn.Informational)
	}
	return r.RFC.Outcome == oracle.Pass
}

// Tone is how a verdict looks: the name of a CSS class, and of a color on a
// terminal.
type Tone string

const (
	ToneOK   Tone = "ok"
	ToneInfo Tone = "info" // nothing is asked for, something was learned
	ToneNote Tone = "note" // conforming, but not as one should
	ToneSkip Tone = "skip" // not supported, or not run
	ToneFail Tone = "fail"
)

var marks = map[Tone]string{ToneOK: "✓", ToneInfo: "i", ToneNote: "≈", ToneSkip: "–"}

// Mark is a verdict in one glyph, for those who do not see the tone.
func (t Tone) Mark() string { return cmp.Or(marks[t], "✗") }

// Label is a verdict for people.
type Label struct {
	Text string
	Tone Tone
}

// Mark is the glyph of the label's tone.
func (l Label) Mark() string { return l.Tone.Mark() }

// BehaviorLabel is the verdict that Autobahn's index shows for a behavior.
func BehaviorLabel(b autobahn.Behavior) Label {
	switch b {
	case autobahn.OK:
		return Label{"Pass", ToneOK}
	case autobahn.NonStrict:
		return Label{"Non-Strict", ToneNote}
	case autobahn.Informational:
		return Label{"Info", ToneInfo}
	case autobahn.Unimplemented:
		return Label{"Unimplemented", ToneSkip}
	}
	return Label{"Fail", ToneFail}
}

// CloseLabel is what Autobahn's index shows for the closing behavior: the code
// of the peer's close frame where there was nothing wrong but the code.
func CloseLabel(rec *autobahn.Record) Label {
	code := "none"
	if rec.Remote != nil && rec.Remote.HasCode {
		code = plural.Decimal(int(rec.Remote.Code))
	}
	switch rec.BehaviorClose {
	case autobahn.OK, autobahn.Informational, autobahn.Unimplemented:
		return Label{code, BehaviorLabel(rec.BehaviorClose).Tone}
	case autobahn.WrongCode, autobahn.FailedByClient:
		return Label{code, ToneFail}
	case autobahn.Unclean:
		return Label{"Unclean", ToneFail}
	}
	return Label{"Fail", ToneFail}
}

// OutcomeLabel is the RFC verdict.
func OutcomeLabel(o oracle.Outcome) Label { return lookOf(o).Label }

// VerdictLabel is the verdict that counts for the report.
func (r *Report) VerdictLabel(result *Result) Label {
	if r.Judge != JudgeAutobahn || result.Record == nil {
		return OutcomeLabel(result.RFC.Outcome)
	}
	l := BehaviorLabel(result.Record.Behavior)
	if result.Failed(r.Judge) && l.Tone != ToneFail {
		l = CloseLabel(result.Record)
		l.Text = "Fail on close"
	}
	return l
}
