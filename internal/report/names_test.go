package report

import (
	"strconv"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
)

func TestCleanName(t *testing.T) {
	for name, want := range map[string]string{
		"gorilla v1.5.3":          "gorilla_v1_5_3",
		"AutobahnServer/0.4.10":   "autobahnserver_0_4_10",
		"  a  b  ":                "a__b",
		"Python/3.11 websockets":  "python_3_11_websockets",
		"日本":                      "",
		"":                        "",
		"Jäger":                   "j_ger",
		"\u212Aelvin İ":           "kelvin_i",
		"../../etc/passwd":        "etc_passwd",
		"a\x00b\\c":               "a_b_c",
		"bad \xff\xfe utf8":       "bad____utf8",
		"<script>":                "script",
		strings.Repeat("x", 5000): strings.Repeat("x", maxCleanName-9) + "_" + cleanName(strings.Repeat("x", 5000))[maxCleanName-8:],
	} {
		got := cleanName(name)
		if got != want {
			t.Errorf("%.40q: got %q, want %q", name, got, want)
		}
		if len(got) > maxCleanName {
			t.Errorf("%.40q: %d octets", name, len(got))
		}
	}
	if a, b := cleanName(strings.Repeat("x", 5000)), cleanName(strings.Repeat("x", 5001)); a == b {
		t.Errorf("two long names are both %q", a)
	}
}

func TestLayoutKeepsAutobahnsNames(t *testing.T) {
	r := &Report{Agents: []*Agent{{Name: "My Server/1.0", Results: []*Result{
		{Case: &catalogue.Case{ID: "autobahn/4.2.4", Number: 43}},
		{Case: &catalogue.Case{ID: "rfc6455/5.5/ping-126"}},
	}}}}
	files := NewLayout(r).Agents[0].Files
	if got, want := files["autobahn/4.2.4"], "my_server_1_0_case_4_2_4"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := files["rfc6455/5.5/ping-126"], "my_server_1_0_case_rfc6455_5_5_ping_126"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLayoutTellsAgentsApart(t *testing.T) {
	cases := []*catalogue.Case{
		{ID: "autobahn/1.1.1", Number: 1}, {ID: "x/a-b"}, {ID: "x/a_b"}, {ID: "x/A_B"},
	}
	r := &Report{Cases: cases}
	for _, name := range []string{"a b", "a-b", "a b", "a b (2)", "日本", "", "中国", "a b 2", "a_b_2", "..", "/"} {
		agent := &Agent{Name: name}
		for _, c := range cases {
			agent.Results = append(agent.Results, &Result{Case: c})
		}
		r.Agents = append(r.Agents, agent)
	}
	l := NewLayout(r)
	names, files := map[string]bool{}, map[string]bool{}
	for i := range l.Agents {
		if name := l.Agents[i].Name; names[name] || name == "" {
			t.Errorf("agent %d: the name %q is empty or there twice", i, name)
		}
		names[l.Agents[i].Name] = true
		for _, file := range l.Agents[i].Files {
			if files[file] {
				t.Errorf("agent %d: the file %q is there twice", i, file)
			}
			files[file] = true
			if strings.Trim(file, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
				t.Errorf("agent %d: the file %q has other characters than a-z, 0-9 and _", i, file)
			}
		}
	}
	if want := len(r.Agents) * len(cases); len(files) != want {
		t.Errorf("%d files, want %d", len(files), want)
	}
	if l.Agents[0].Name != "a b" || l.Agents[0].Files["autobahn/1.1.1"] != "a_b_case_1_1_1" {
		t.Errorf("the first agent is %q with %q", l.Agents[0].Name, l.Agents[0].Files["autobahn/1.1.1"])
	}
	if l.Agents[4].Files["autobahn/1.1.1"] != "_case_1_1_1" {
		t.Errorf("an agent whose cleaned name is empty has %q", l.Agents[4].Files["autobahn/1.1.1"])
	}
}

func TestLayoutTakesTheLastResultOfACase(t *testing.T) {
	c := &catalogue.Case{ID: "autobahn/1.1.1", Number: 1}
	first, last := &Result{Case: c}, &Result{Case: c}
	l := NewLayout(&Report{Agents: []*Agent{{Name: "a", Results: []*Result{first, last}}}})
	if got := l.Agents[0].Results[c.ID]; got != last {
		t.Error("not the last result")
	}
	if got := l.Agents[0].Files[c.ID]; got != "a_case_1_1_1" {
		t.Errorf("the file is %q", got)
	}
}

// No two cases of the suite share a file, so that names do not depend on which
// of them ran.
func TestCasesHaveFilesOfTheirOwn(t *testing.T) {
	slugs := map[string]string{}
	for _, c := range catalogue.All() {
		slug := CaseSlug(c)
		if other, taken := slugs[slug]; taken {
			t.Errorf("%s and %s are both %s", other, c.ID, slug)
		}
		slugs[slug] = c.ID
	}
}

func TestManyOfOneName(t *testing.T) {
	used := names{}
	const n = 50_000
	for i := range n {
		got := used.unique("a", func(n int) string { return "a" + strconv.Itoa(n) })
		if want := "a" + strconv.Itoa(i+1); i > 0 && got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
}
