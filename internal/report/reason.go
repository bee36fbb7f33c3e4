package report

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Verdicts is both verdicts of the result in a few words, the one that counts
// first: "Violation · Autobahn Fail".
func (r *Report) Verdicts(result *Result) string {
	text := r.VerdictLabel(result).Text
	if result.Record == nil {
		return text
	}
	if r.Judge == JudgeAutobahn {
		if rfc := OutcomeLabel(result.RFC.Outcome); rfc.Tone != ToneOK {
			text += " · RFC " + rfc.Text
		}
		return text
	}
	if ab := BehaviorLabel(result.Record.Behavior); ab.Tone != ToneOK {
		text += " · Autobahn " + ab.Text
	}
	return text
}

// Why says in one line what led to the verdict that counts, and "" where there
// is nothing to say. What the peer sent is made visible and bounded.
func (r *Report) Why(result *Result) string {
	var parts []string
	if result.Died != "" {
		parts = append(parts, "the peer died: "+visible.Text(result.Died, 240))
	}
	autobahnCounts := r.Judge == JudgeAutobahn && result.Record != nil
	if autobahnCounts {
		parts = append(parts, autobahnWhy(result.Record))
	}
	if findings := result.RFC.ByGravity(); len(findings) > 0 {
		f := result.decisive()
		f = cmp.Or(f, &findings[0])
		text := findingText(f)
		if more := len(findings) - 1; more > 0 {
			text += " (and " + plural.Of(more, "more finding") + ")"
		}
		parts = append(parts, text)
	} else if result.RFC.Reason != "" {
		parts = append(parts, visible.Text(result.RFC.Reason, 240))
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return strings.Join(parts, "; ")
}

// findingText is a finding in one line.
func findingText(f *oracle.Finding) string {
	return visible.Text(string(f.Clause), 120) + ": want " + visible.Text(f.Want, 160) + ", got " + visible.Text(f.Got, 160)
}

// Excuse says that and why a result that fails is known, "" for one that is not.
func (r *Result) Excuse() string {
	switch {
	case r.Known == nil:
		return ""
	case r.Known.Reason == "":
		return "known"
	}
	return "known: " + visible.Text(r.Known.Reason, 400)
}

// autobahnWhy says what is wrong by Autobahn's verdict, "" where nothing is.
func autobahnWhy(rec *autobahn.Record) string {
	switch {
	case rec.Behavior == autobahn.NonStrict:
		return "conforming, but not the preferred behavior"
	case rec.Behavior != autobahn.OK && rec.Behavior != autobahn.Informational:
		return visible.Text(rec.Result, 240)
	case rec.BehaviorClose != autobahn.OK && rec.BehaviorClose != autobahn.Informational:
		text := visible.Text(rec.ResultClose, 240) + " (" + visible.Text(string(rec.BehaviorClose), 40)
		if rec.Remote != nil && rec.Remote.HasCode {
			text += ", close code " + rec.Remote.Code.String()
		}
		return text + ")"
	}
	return ""
}

// LeftOutText says that some agents are not in the report.
func LeftOutText(n int, peer string) string {
	return plural.Of(n, peer) + " with few results " + plural.Noun(n, "was", "were") + " left out of the report, to make room for others."
}

// Rerun is the command that runs one case again.
func (r *Report) Rerun(agent *Agent, caseID, name string) string {
	if r.Role == wsproto.Server {
		return "wscheck server --cases " + shellQuote(caseID)
	}
	if agent.URL == "" {
		return "go test -run " + shellQuote("/"+strings.ReplaceAll(caseID, ".", `\.`)+"$")
	}
	return "wscheck client --cases " + shellQuote(caseID) + " --agent " + shellQuote(name) + " " + shellQuote(agent.URL)
}

// shellQuote makes s one word of a command line. What is not printable is made visible,
// so that a command which is shown does what it shows.
func shellQuote(s string) string { return visible.Word(visible.Text(s, 1000)) }

// about reports whether a clause that the pattern matches has to do with the
// result.
func (r *Result) about(clauses *regexp.Regexp) bool {
	return slices.ContainsFunc(r.RFC.Findings, func(f oracle.Finding) bool { return clauses.MatchString(string(f.Clause)) }) ||
		r.Died != "" && clauses.MatchString("wscheck/peer-died")
}

// whyOf says in one line what a clause that the pattern matches has to do with
// the result.
func (r *Result) whyOf(clauses *regexp.Regexp) string {
	for _, f := range r.RFC.ByGravity() {
		if clauses.MatchString(string(f.Clause)) {
			return findingText(&f)
		}
	}
	return ""
}

// isConduct reports whether a clause is about a peer that no longer does
// anything, or too much of it.
func isConduct(id oracle.ClauseID) bool {
	return strings.HasPrefix(string(id), "wscheck/peer-") || id == "wscheck/overflow"
}

// isLetPass reports whether a clause says what a peer must not take.
func isLetPass(id oracle.ClauseID) bool { return strings.HasSuffix(string(id), "-fail") }

// Findings returns the findings, the gravest first, with the one at the top that the
// outcome rests on.
func (r *Result) Findings() []oracle.Finding {
	findings := r.RFC.ByGravity()
	if f := r.decisive(); f != nil {
		first := *f
		at := slices.IndexFunc(findings, func(g oracle.Finding) bool { return g == first })
		findings = slices.Insert(slices.Delete(findings, at, at+1), 0, first)
	}
	return findings
}

// decisive returns the finding that the result's outcome rests on, nil if there is
// none: what ended a peer before what it had done until then, and what it let pass
// before what it then sent, which follows from that.
func (r *Result) decisive() *oracle.Finding {
	findings := r.RFC.ByGravity()
	if len(findings) == 0 || r.Died == "" && r.RFC.Outcome != oracle.Violation && r.RFC.Reason != "" {
		return nil
	}
	for _, cause := range []func(oracle.ClauseID) bool{isConduct, isLetPass} {
		for i := range findings {
			if f := &findings[i]; cause(f.Clause) && f.Outcome == findings[0].Outcome {
				return f
			}
		}
		if r.Died != "" {
			return nil
		}
	}
	return &findings[0]
}
