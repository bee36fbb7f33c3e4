package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
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
		Name      string      `xml:"name,attr"`
		Hostname  string      `xml:"hostname,attr,omitempty"`
		Timestamp string      `xml:"timestamp,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Time      string      `xml:"time,attr"`
		Cases     []junitCase `xml:"testcase"`
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
// per case. Unsupported features and cases that did not run are skipped; what is
// allowed or non-strict passes, with its reason as output; an agent that was not
// reachable is an error.
func WriteJUnit(w io.Writer, r *Report) error {
	l := newLayout(r)
	all := junitSuites{Name: "wscheck", Time: junitTime(r.Took.Seconds())}
	for i, agent := range r.Agents {
		suite := r.junitSuite(agent, &l.agents[i])
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Errors += suite.Errors
		all.Skipped += suite.Skipped
		all.Suites = append(all.Suites, suite)
	}
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

func junitTime(seconds float64) string { return fmt.Sprintf("%.3f", seconds) }

func (r *Report) junitSuite(agent *Agent, a *agentLayout) junitSuite {
	name := visible(a.name, 200)
	suite := junitSuite{Name: name, Hostname: visible(agent.URL, 400), Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05")}
	total := 0.0
	if agent.Unreachable != "" {
		suite.Errors++
		suite.Cases = append(suite.Cases, junitCase{
			Name: "reachable", Class: name, Time: junitTime(0),
			Error: &junitProblem{Message: visible(agent.Unreachable, 400), Type: "unreachable"},
		})
	}
	for _, c := range allCases(r) {
		test := junitCase{Name: visible(c.ID, 200), Class: name, Time: junitTime(0)}
		result := a.results[c.ID]
		if result != nil {
			total += result.Duration.Seconds()
			test.Time = junitTime(result.Duration.Seconds())
		}
		switch {
		case result == nil:
			test.Skipped = &junitSkipped{Message: "did not run"}
		case result.Failed(r.Judge):
			test.Failure = &junitProblem{
				Message: r.why(result),
				Type:    r.verdicts(result),
				Text:    r.junitText(agent, a.name, result),
			}
		case r.verdictLabel(result).Tone == toneSkip:
			test.Skipped = &junitSkipped{Message: strings.TrimSuffix("unsupported: "+r.why(result), ": ")}
		case !result.Clean(r.Judge):
			test.SystemOut = r.verdicts(result) + ": " + r.why(result)
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

// junitText is the paste-ready text of a failure.
func (r *Report) junitText(agent *Agent, name string, result *Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", visible(result.Case.Description, 2000), visible(result.Case.Expectation, 2000))
	for i := range result.RFC.Findings {
		f := &result.RFC.Findings[i]
		fmt.Fprintf(&b, "\n%s, at octet %d of the peer's stream\n  want %s\n  got  %s\n",
			visible(string(f.Clause), 120), f.Offset, visible(f.Want, 400), visible(f.Got, 400))
		if i == 19 {
			break
		}
	}
	fmt.Fprintf(&b, "\n%s\n", r.rerun(agent, result.Case.ID, name))
	return b.String()
}
