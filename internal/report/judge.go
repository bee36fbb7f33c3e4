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
	label    label
	fails    bool              // a run that the RFCs decide
	behavior autobahn.Behavior // what it is in Autobahn's words
	legend   string            // what it means, for the index page; "" for what another row says
}

// looks has a row for each outcome, from best to worst.
var looks = []look{
	{oracle.Pass, label{"Pass", toneOK}, false, autobahn.OK, ""},
	{oracle.Allowed, label{"Allowed", toneNote}, false, autobahn.NonStrict,
		"RFC: conforming; a SHOULD is not kept, or the RFC leaves it open."},
	{oracle.Slow, label{"Slow", toneNote}, false, autobahn.NonStrict,
		"RFC: something came late, or was not seen in time, which proves nothing."},
	{oracle.Undecidable, label{"Not decidable", toneSkip}, false, autobahn.Unimplemented,
		"RFC: what the peer does with messages is not known, and the case rests on that."},
	{oracle.Unsupported, label{"Unsupported", toneSkip}, false, autobahn.Unimplemented,
		"RFC: the peer does not have the feature that the case is about."},
	{oracle.Inconclusive, label{"Inconclusive", toneFail}, true, autobahn.Failed,
		"RFC: the conversation ended before anything was shown. This is never a pass."},
	{oracle.Violation, label{"Violation", toneFail}, true, autobahn.Failed,
		"RFC: the peer broke a MUST or a MUST NOT."},
}

// lookOf returns the row of an outcome. One that has none fails.
func lookOf(o oracle.Outcome) look {
	if i := slices.IndexFunc(looks, func(l look) bool { return l.outcome == o }); i >= 0 {
		return looks[i]
	}
	return look{o, label{o.String(), toneFail}, true, autobahn.Failed, ""}
}

// Clean reports whether there is nothing at all to tell of the result: it does
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

// Counts is how the cases of one agent ended.
type Counts struct {
	Cases   int // that were selected
	Clean   int
	Noted   int // neither clean nor failed
	Failed  int
	Known   int // that failed in a known way, see [Baseline]
	Missing int // that did not run

	Unsupported int // of those that are noted, how many the peer does not support
}

// Remarked is how many are noted that the peer supports.
func (c Counts) Remarked() int { return c.Noted - c.Unsupported }

// Failed reports whether anything in the report fails, by its judge, that is not
// known: a case, or a peer whose process died.
func (r *Report) Failed() bool {
	for _, agent := range r.Agents {
		if r.diedUnexplained(agent) {
			return true
		}
		for _, result := range agent.Results {
			if result.Failed(r.Judge) && result.Known == nil {
				return true
			}
		}
	}
	return false
}

// diedUnexplained reports whether the agent's process died and no case tells of
// it, nor a baseline.
func (r *Report) diedUnexplained(agent *Agent) bool {
	if agent.Deaths == 0 || slices.ContainsFunc(agent.Results, func(result *Result) bool { return result.Died != "" }) {
		return false
	}
	return r.Baseline == nil || slices.Contains(r.Baseline.died, cmp.Or(agent.Name, unknownAgent))
}

// Count returns how the agent's cases ended by the report's judge.
func (r *Report) Count(agent *Agent) Counts { return r.count(agent, len(allCases(r))) }

// count is Count where it is known how many cases the report has.
func (r *Report) count(agent *Agent, cases int) Counts {
	ran := make(map[string]*Result, len(agent.Results))
	for _, result := range agent.Results {
		ran[result.Case.ID] = result
	}
	c := Counts{Cases: cases, Missing: cases - len(ran)}
	for _, result := range ran {
		switch {
		case result.Failed(r.Judge) && result.Known != nil:
			c.Known++
		case result.Failed(r.Judge):
			c.Failed++
		case result.Clean(r.Judge):
			c.Clean++
		default:
			c.Noted++
			if groupOf(result, r.Judge).rank == rankUnsupported {
				c.Unsupported++
			}
		}
	}
	return c
}

// tone is how a verdict looks: the name of a CSS class, and of a color on a
// terminal.
type tone string

const (
	toneOK   tone = "ok"
	toneInfo tone = "info" // nothing is asked for, something was learned
	toneNote tone = "note" // conforming, but not as one should
	toneSkip tone = "skip" // not supported, or not run
	toneFail tone = "fail"
)

// mark is a verdict in one glyph, for those who do not see the tone.
func (t tone) mark() string {
	switch t {
	case toneOK:
		return "✓"
	case toneInfo:
		return "i"
	case toneNote:
		return "≈"
	case toneSkip:
		return "–"
	}
	return "✗"
}

// label is a verdict for people.
type label struct {
	Text string
	Tone tone
}

// Mark is the glyph of the label's tone.
func (l label) Mark() string { return l.Tone.mark() }

// behaviorLabel is the verdict that Autobahn's index shows for a behavior.
func behaviorLabel(b autobahn.Behavior) label {
	switch b {
	case autobahn.OK:
		return label{"Pass", toneOK}
	case autobahn.NonStrict:
		return label{"Non-Strict", toneNote}
	case autobahn.Informational:
		return label{"Info", toneInfo}
	case autobahn.Unimplemented:
		return label{"Unimplemented", toneSkip}
	}
	return label{"Fail", toneFail}
}

// closeLabel is what Autobahn's index shows for the closing behavior: the code
// of the peer's close frame where there was nothing wrong but the code.
func closeLabel(rec *autobahn.Record) label {
	code := "none"
	if rec.Remote != nil && rec.Remote.HasCode {
		code = plural.Decimal(int(rec.Remote.Code))
	}
	switch rec.BehaviorClose {
	case autobahn.OK:
		return label{code, toneOK}
	case autobahn.Informational:
		return label{code, toneInfo}
	case autobahn.WrongCode, autobahn.FailedByClient:
		return label{code, toneFail}
	case autobahn.Unimplemented:
		return label{code, toneSkip}
	case autobahn.Unclean:
		return label{"Unclean", toneFail}
	}
	return label{"Fail", toneFail}
}

// outcomeLabel is the RFC verdict.
func outcomeLabel(o oracle.Outcome) label { return lookOf(o).label }

// verdictLabel is the verdict that counts for the report.
func (r *Report) verdictLabel(result *Result) label {
	if r.Judge != JudgeAutobahn || result.Record == nil {
		return outcomeLabel(result.RFC.Outcome)
	}
	l := behaviorLabel(result.Record.Behavior)
	if result.Failed(r.Judge) && l.Tone != toneFail {
		l = closeLabel(result.Record)
		l.Text = "Fail on close"
	}
	return l
}
