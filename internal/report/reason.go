package report

import (
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
		if f == nil {
			f = &findings[0]
		}
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

// Excuse tells that and why a result that fails is known, "" for one that is not.
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

// shellQuote makes s one word of a POSIX shell's command line. What is not
// printable is made visible, so that a command which is shown does what it
// shows.
func shellQuote(s string) string {
	s = visible.Text(s, 1000)
	plain := func(c rune) bool {
		return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("/.:_-+@%,", c)
	}
	if s != "" && s[0] != '-' && strings.IndexFunc(s, func(c rune) bool { return !plain(c) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
