package engine

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// verdict is a result of a case with violations of those clauses; without any,
// it is inconclusive.
func verdict(id string, clauses ...oracle.ClauseID) *report.Result {
	r := &report.Result{Case: &catalogue.Case{ID: id}, RFC: oracle.Verdict{Outcome: oracle.Inconclusive}}
	for _, c := range clauses {
		r.RFC.Outcome = oracle.Violation
		r.RFC.Findings = append(r.RFC.Findings, oracle.Finding{Clause: c, Outcome: oracle.Violation})
	}
	r.RFC.Findings = append(r.RFC.Findings, oracle.Finding{Clause: "rfc6455/7.1.7/status-code", Outcome: oracle.Allowed})
	return r
}

func TestDeviationsExcuse(t *testing.T) {
	const rsv, opcode = "rfc6455/5.2/rsv-fail", "rfc6455/5.2/opcode-fail"
	for _, c := range []struct {
		name   string
		known  []Deviation
		result *report.Result
		want   int // deviations that excuse it
	}{
		{"none", nil, verdict("autobahn/3.1", rsv), 0},
		{"clause", []Deviation{{Clause: rsv}}, verdict("autobahn/3.1", rsv), 1},
		{"other clause", []Deviation{{Clause: opcode}}, verdict("autobahn/3.1", rsv), 0},
		{"clause pattern", []Deviation{{Clause: "rfc6455/5.2/*"}}, verdict("autobahn/3.1", rsv, opcode), 1},
		{"one clause of two", []Deviation{{Clause: rsv}}, verdict("autobahn/3.1", rsv, opcode), 0},
		{"two clauses", []Deviation{{Clause: rsv}, {Clause: opcode}}, verdict("autobahn/3.1", rsv, opcode), 2},
		{"case", []Deviation{{Case: "3.*"}}, verdict("autobahn/3.1", rsv, opcode), 1},
		{"full case", []Deviation{{Case: "autobahn/3.1"}}, verdict("autobahn/3.1", rsv), 1},
		{"other case", []Deviation{{Case: "4.*"}}, verdict("autobahn/3.1", rsv), 0},
		{"case and clause", []Deviation{{Case: "3.*", Clause: rsv}}, verdict("autobahn/3.1", rsv), 1},
		{"case and other clause", []Deviation{{Case: "3.*", Clause: opcode}}, verdict("autobahn/3.1", rsv), 0},
		{"inconclusive", []Deviation{{Case: "3.*"}}, verdict("autobahn/3.1"), 1},
		{"inconclusive by clause", []Deviation{{Clause: rsv}}, verdict("autobahn/3.1"), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range c.known {
				c.known[i].Reason = "because"
			}
			d, err := newDeviations(c.known)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.excuse(c.result, report.JudgeRFC); len(got) != c.want {
				t.Errorf("excused by %v, want %d", got, c.want)
			}
		})
	}
}

// TestDeviationsAutobahn has Autobahn's verdict excused by the case alone: it
// knows no clauses.
func TestDeviationsAutobahn(t *testing.T) {
	d, err := newDeviations([]Deviation{{Clause: "rfc6455/5.2/rsv-fail", Reason: "because"}, {Case: "3.*", Reason: "because"}})
	if err != nil {
		t.Fatal(err)
	}
	r := verdict("autobahn/3.1", "rfc6455/5.2/rsv-fail")
	r.Record = &autobahn.Record{Behavior: autobahn.Failed}
	if got := d.excuse(r, report.JudgeAutobahn); len(got) != 1 || got[0].Case != "3.*" {
		t.Errorf("excused by %v", got)
	}
}

func TestDeviationsStale(t *testing.T) {
	cases := []*catalogue.Case{{ID: "autobahn/3.1"}, {ID: "autobahn/3.2"}, {ID: "autobahn/4.1"}}
	for _, c := range []struct {
		name  string
		known Deviation
		ran   []bool // which of the cases
		fails int    // index of the case that fails, -1 for none
		stale bool
	}{
		{"occurs", Deviation{Case: "3.*"}, []bool{true, true, true}, 0, false},
		{"gone", Deviation{Case: "3.*"}, []bool{true, true, true}, -1, true},
		{"gone, elsewhere not", Deviation{Case: "3.*"}, []bool{true, true, true}, 2, true},
		{"not all run", Deviation{Case: "3.*"}, []bool{true, false, true}, -1, false},
		{"another not run", Deviation{Case: "3.*"}, []bool{true, true, false}, -1, true},
		{"none run", Deviation{Case: "5.*"}, []bool{true, true, true}, -1, false},
		{"clause gone", Deviation{Clause: "rfc6455/5.2/opcode-fail"}, []bool{true, true, true}, 0, true},
		{"clause occurs", Deviation{Clause: "rfc6455/5.2/rsv-fail"}, []bool{true, true, true}, 0, false},
		{"clause, not all run", Deviation{Clause: "rfc6455/5.2/opcode-fail"}, []bool{true, true, false}, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.known.Reason = "because"
			d, err := newDeviations([]Deviation{c.known})
			if err != nil {
				t.Fatal(err)
			}
			for i, cs := range cases {
				if i == c.fails {
					d.excuse(verdict(cs.ID, "rfc6455/5.2/rsv-fail"), report.JudgeRFC)
				}
				d.note(cs, c.ran[i])
			}
			if err := d.stale(); (err != nil) != c.stale {
				t.Errorf("got %v, want stale: %v", err, c.stale)
			}
		})
	}
}

func TestDeviationsMisuse(t *testing.T) {
	for want, d := range map[string]Deviation{
		"no reason":                {Case: "3.*"},
		"neither a case nor":       {Reason: "because"},
		"there is no clause":       {Clause: "rfc6455/5.2/rsv-fial", Reason: "because"},
		"bad pattern \"autobahn/(": {Case: "autobahn/(*", Reason: "because"},
	} {
		err := (&Config{Known: []Deviation{d}}).check()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", d, err, want)
		}
	}
}

func TestUnsupported(t *testing.T) {
	for _, c := range []struct {
		config Config
		id     string
		want   bool
	}{
		{Config{}, "autobahn/12.1.1", false},
		{Config{Lacks: []Feature{FeatureDeflate}}, "autobahn/12.1.1", true},
		{Config{Lacks: []Feature{FeatureDeflate}}, "autobahn/1.1.1", false},
		{Config{Lacks: []Feature{FeatureText}}, "autobahn/1.1.2", true},
		{Config{Lacks: []Feature{FeatureText}}, "autobahn/1.2.2", false},
		{Config{Lacks: []Feature{FeatureBinary}}, "autobahn/1.2.2", true},
		{Config{Lacks: []Feature{FeatureFragmentation}}, "autobahn/5.3", true},
		{Config{Lacks: []Feature{FeatureFragmentation}}, "autobahn/1.1.2", false},
		{Config{MaxMessage: 65535}, "autobahn/1.1.6", false},
		{Config{MaxMessage: 65535}, "autobahn/1.1.7", true},
		{Config{MaxMessage: 1 << 20}, "autobahn/9.3.1", true},
	} {
		if got := c.config.unsupported(caseOf(t, c.id)); (got != "") != c.want {
			t.Errorf("%s with %+v: %q, want one: %v", c.id, c.config, got, c.want)
		}
	}
	if err := (&Config{Lacks: []Feature{"telepathy"}}).check(); err == nil || !strings.Contains(err.Error(), "telepathy") {
		t.Errorf("an unknown feature: %v", err)
	}
}

// TestSkips says why cases are left out, all those of one reason together.
func TestSkips(t *testing.T) {
	config := &Config{Lacks: []Feature{FeatureDeflate, FeatureText}, MaxMessage: 1000}
	var s skips
	for _, id := range []string{"autobahn/12.1.1", "autobahn/1.1.2", "autobahn/1.2.1", "autobahn/1.2.8", "autobahn/1.1.3", "autobahn/12.1.2"} {
		if why := config.skips("x", caseOf(t, id)); why != "" {
			s.add(why)
		}
	}
	want := "2 cases need permessage-deflate, which the peer lacks; 2 cases need text, which the peer lacks; " +
		"1 case needs a message of more than 1000 octets, the longest that the peer takes"
	if got := s.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := new(skips).String(); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}
