package sink

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
)

// sarifObjects are the objects of SARIF 2.1.0 that are used, with all properties that
// they may have here: what is not listed is unknown. "!" marks one that the standard
// demands. A value's form is the name of an object, of a list of them ("[]"), or of a
// check.
var sarifObjects = map[string]string{
	"log":         "$schema:uri !version:2.1.0 !runs:[]run",                                                                                                       // 3.13
	"run":         "!tool:tool columnKind:columns results:[]result",                                                                                               // 3.14
	"tool":        "!driver:component",                                                                                                                            // 3.18
	"component":   "!name:text informationUri:uri rules:[]descriptor",                                                                                             // 3.19
	"descriptor":  "!id:text shortDescription:multiformat fullDescription:multiformat",                                                                            // 3.49
	"multiformat": "!text:text",                                                                                                                                   // 3.12
	"message":     "!text:text",                                                                                                                                   // 3.11
	"result":      "ruleId:text ruleIndex:index kind:kind level:level !message:message locations:[]location partialFingerprints:texts suppressions:[]suppression", // 3.27
	"location":    "physicalLocation:physical logicalLocations:[]logical",                                                                                         // 3.28
	"physical":    "!artifactLocation:artifact region:region",                                                                                                     // 3.29
	"artifact":    "uri:reference",                                                                                                                                // 3.4
	"region":      "!startLine:line",                                                                                                                              // 3.30
	"logical":     "fullyQualifiedName:text kind:text",                                                                                                            // 3.33
	"suppression": "!kind:where justification:text",                                                                                                               // 3.35
}

// sarifProblems holds a value against its form.
func sarifProblems(form string, value any, at string) (problems []string) {
	bad := func(want string) []string { return []string{fmt.Sprintf("%s: %v is no %s", at, value, want)} }
	text, isText := value.(string)
	number, isNumber := value.(float64)
	among := func(words ...string) []string {
		if slices.Contains(words, text) {
			return nil
		}
		return bad(strings.Join(words, " or "))
	}
	if item, ok := strings.CutPrefix(form, "[]"); ok {
		list, ok := value.([]any)
		if !ok {
			return bad("list")
		}
		for i, v := range list {
			problems = append(problems, sarifProblems(item, v, fmt.Sprintf("%s/%d", at, i))...)
		}
		return problems
	}
	switch form {
	case "text":
		if !isText || text == "" {
			return bad(form)
		}
		return nil
	case "texts":
		for name, v := range value.(map[string]any) {
			problems = append(problems, sarifProblems("text", v, at+"/"+name)...)
		}
		return problems
	case "uri", "reference":
		if u, err := url.Parse(text); !isText || err != nil || form == "uri" && !u.IsAbs() {
			return bad(form)
		}
		return nil
	case "index", "line":
		if least := map[string]float64{"index": -1, "line": 1}[form]; !isNumber || number < least || number != float64(int(number)) {
			return bad(form)
		}
		return nil
	case "2.1.0":
		return among(form)
	case "columns":
		return among("utf16CodeUnits", "unicodeCodePoints")
	case "kind":
		return among("notApplicable", "pass", "fail", "review", "open", "informational")
	case "level":
		return among("none", "note", "warning", "error")
	case "where":
		return among("inSource", "external")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return bad(form)
	}
	known := map[string]bool{}
	for property := range strings.FieldsSeq(sarifObjects[form]) {
		name, of, _ := strings.Cut(property, ":")
		name, demanded := strings.CutPrefix(name, "!")
		known[name] = true
		v, there := object[name]
		switch {
		case there:
			problems = append(problems, sarifProblems(of, v, at+"/"+name)...)
		case demanded:
			problems = append(problems, at+"/"+name+": is missing")
		}
	}
	for name := range object {
		if !known[name] {
			problems = append(problems, at+"/"+name+": is not known")
		}
	}
	return problems
}

// TestSARIFForm holds what is written to the form of SARIF 2.1.0, and to what its text
// says beside: 3.27.10, a result that is no failure has the level "none".
func TestSARIFForm(t *testing.T) {
	known := reporttest.Mixed()
	if _, err := (&report.Baseline{Known: []report.Known{{Agent: "*", Case: "*", Judge: report.JudgeRFC, Verdict: "*", Reason: "so it is"}}}).Apply(known); err != nil {
		t.Fatal(err)
	}
	byAutobahn := reporttest.Mixed()
	byAutobahn.Judge = report.JudgeAutobahn
	for name, r := range map[string]*report.Report{"mixed": reporttest.Mixed(), "known": known, "autobahn": byAutobahn, "nothing": {}} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := WriteSARIF(&b, r); err != nil {
				t.Fatal(err)
			}
			var value map[string]any
			if err := json.Unmarshal([]byte(b.String()), &value); err != nil {
				t.Fatal(err)
			}
			if problems := sarifProblems("log", value, ""); len(problems) > 0 {
				t.Error(strings.Join(problems, "\n"))
			}
			for _, result := range value["runs"].([]any)[0].(map[string]any)["results"].([]any) {
				fields := result.(map[string]any)
				if kind, ok := fields["kind"]; ok && kind != "fail" && fields["level"] != "none" {
					t.Errorf("%v of level %v", kind, fields["level"])
				}
			}
		})
	}
}

// TestSARIFProblems shows that the check sees what is wrong.
func TestSARIFProblems(t *testing.T) {
	for text, want := range map[string]string{
		`{"version": "2.1.0", "runs": []}`:   "",
		`{"version": "2.2", "runs": []}`:     "/version: 2.2 is no 2.1.0",
		`{"version": "2.1.0"}`:               "/runs: is missing",
		`{"version": "2.1.0", "runs": [{}]}`: "/runs/0/tool: is missing",
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": {}}]}`:                 "/runs/0/results: map[] is no list",
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x", "informationUri": "x"}}}]}`:         "/runs/0/tool/driver/informationUri: x is no uri",
		`{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"level": "bad"}]}]}`: "/runs/0/results/0/level: bad is no none or note or warning or error\n/runs/0/results/0/message: is missing",
		`{"version": "2.1.0", "runs": [], "more": 1}`:                                                        "/more: is not known",
	} {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(sarifProblems("log", value, ""), "\n"); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
