package sink

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/visible"
)

type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		Class     string        `xml:"classname,attr"`
		Time      string        `xml:"time,attr"`
		Failure   *junitProblem `xml:"failure"`
		Error     *junitProblem `xml:"error"`
		Skipped   *junitSkipped `xml:"skipped"`
		SystemOut string        `xml:"system-out,omitempty"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
)

// WriteJUnit writes the report as JUnit XML: a test suite per agent, a test case
// per case. Unsupported features, deviations that are known and cases that did
// not run are skipped; what is allowed or non-strict passes, with its reason as
// output. Where there are very many agents, cases that did not run are left out.
// An agent that was not reachable, a run that was stopped and a process
// that died during no case in particular are errors with a test case of their
// own, since a CI system looks at nothing else.
func WriteJUnit(w io.Writer, r *report.Report) error {
	all := suitesOf(r)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// What a file has at most of what did not run, and of a baseline.
const (
	junitCases = 1 << 16
	junitGone  = 200
)

// suitesOf returns the report as test suites.
func suitesOf(r *report.Report) junitSuites {
	l := report.NewLayout(r)
	all := junitSuites{Name: "wscheck", Time: junitTime(r.Took.Seconds())}
	for i, agent := range r.Agents {
		suite := newJunitSuite(r, agent, l.Agents[i])
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Errors += suite.Errors
		all.Skipped += suite.Skipped
		all.Suites = append(all.Suites, suite)
	}
	return all
}

func junitTime(seconds float64) string { return fmt.Sprintf("%.3f", seconds) }

// junitClass is the name of an agent as a class: some take what is before the
// last dot for a package.
func junitClass(name string) string { return strings.ReplaceAll(name, ".", "_") }

func newJunitSuite(r *report.Report, agent *report.Agent, a *report.AgentLayout) junitSuite {
	name := visible.Text(a.Name, 200)
	suite := junitSuite{
		Name: name, Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05"),
		Properties: junitProperties(r, agent),
	}
	class := junitClass(name)
	problem := func(test, kind, message string) {
		suite.Errors++
		suite.Cases = append(suite.Cases, junitCase{
			Name: test, Class: class, Time: junitTime(0),
			Error: &junitProblem{Message: message, Type: kind, Text: message},
		})
	}
	if agent.Unreachable != "" {
		problem("reachable", "unreachable", visible.Text(agent.Unreachable, 400))
	}
	if r.DiedUnexplained(agent) {
		problem("alive", "died", "the peer's process died "+plural.Of(agent.Deaths, "time"))
	}
	if r.Stopped != "" {
		problem("complete", "stopped", "stopped before the end: "+visible.Text(r.Stopped, 400))
	}
	total := 0.0
	cases := report.AllCases(r)
	sparse := len(cases)*len(r.Agents) > junitCases
	for _, c := range cases {
		result := a.Results[c.ID]
		test := junitCase{Name: visible.Text(c.ID, 200), Class: class, Time: junitTime(0)}
		if result == nil && sparse {
			continue
		}
		if result == nil {
			test.Skipped = &junitSkipped{Message: "did not run"}
		} else {
			total += result.Duration.Seconds()
			test.Time = junitTime(result.Duration.Seconds())
			junitVerdict(r, &test, agent, a.Name, result)
		}
		if test.Failure != nil {
			suite.Failures++
		}
		if test.Skipped != nil {
			suite.Skipped++
		}
		suite.Cases = append(suite.Cases, test)
	}
	suite.Tests = len(suite.Cases)
	suite.Time = junitTime(total)
	return suite
}

// junitVerdict adds what there is to be said of a result.
func junitVerdict(r *report.Report, test *junitCase, agent *report.Agent, name string, result *report.Result) {
	why := r.Why(result)
	switch {
	case result.Failed(r.Judge) && result.Known != nil:
		test.Skipped = &junitSkipped{Message: result.Excuse() + "; " + r.Verdicts(result) + ": " + why}
	case result.Failed(r.Judge):
		test.Failure = &junitProblem{Message: why, Type: r.Verdicts(result), Text: junitText(r, agent, name, result)}
	case r.VerdictLabel(result).Tone == report.ToneSkip:
		test.Skipped = &junitSkipped{Message: strings.TrimSuffix("unsupported: "+why, ": ")}
	case !result.Clean(r.Judge):
		test.SystemOut = r.Verdicts(result) + ": " + why
	}
}

// junitProperties tells where the agent is, and what a baseline says.
func junitProperties(r *report.Report, agent *report.Agent) []junitProperty {
	list := []junitProperty{{"judge", string(r.Judge)}}
	if r.LeftOut > 0 {
		list = append(list, junitProperty{"agents.leftOut", strconv.Itoa(r.LeftOut)})
	}
	if agent.URL != "" {
		list = append(list, junitProperty{"url", visible.Text(agent.URL, 400)})
	}
	if r.Baseline == nil {
		return list
	}
	for i := range r.Baseline.Gone {
		if i == junitGone {
			break
		}
		list = append(list, junitProperty{"baseline.gone", r.Baseline.Gone[i].String()})
	}
	return list
}

// junitText is the paste-ready text of a failure.
func junitText(r *report.Report, agent *report.Agent, name string, result *report.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", visible.Text(result.Case.Description, 2000), visible.Text(result.Case.Expectation, 2000))
	for i, f := range result.RFC.ByGravity() {
		fmt.Fprintf(&b, "\n%s, at octet %d of the peer's stream\n  want %s\n  got  %s\n",
			visible.Text(string(f.Clause), 120), f.Offset, visible.Text(f.Want, 400), visible.Text(f.Got, 400))
		if i == 19 {
			break
		}
	}
	fmt.Fprintf(&b, "\n%s\n", r.Rerun(agent, result.Case.ID, name))
	return b.String()
}
