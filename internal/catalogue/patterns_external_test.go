package catalogue_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/wsproto"
)

// mixed is Autobahn's cases and three that it does not have.
func mixed() []*catalogue.Case {
	return append(catalogue.Autobahn(),
		&catalogue.Case{ID: "rfc6455/5.5/ping-126"},
		&catalogue.Case{ID: "rfc6455/5.5.1/close-1"},
		&catalogue.Case{ID: "rfc7692/7.1/offer-08"},
	)
}

func ids(cases []*catalogue.Case) []string {
	got := []string{}
	for _, c := range cases {
		got = append(got, strings.TrimPrefix(c.ID, catalogue.AutobahnPrefix))
	}
	return got
}

// ends stands for a long list of ids: its length, its first and its last id.
type ends struct {
	n           int
	first, last string
}

func TestSelect(t *testing.T) {
	tests := []struct {
		name             string
		include, exclude []string
		want             []string // or
		ends             ends
	}{
		{name: "literal id", include: []string{"4.2.4"}, want: []string{"4.2.4"}},
		{name: "full id", include: []string{"autobahn/4.2.4"}, want: []string{"4.2.4"}},
		{name: "literal id does not match what it begins", include: []string{"2.1"}, want: []string{"2.1"}},
		{name: "section without star is an id", include: []string{"4.2"}, want: []string{}},
		{name: "section with star", include: []string{"4.2.*"}, want: []string{"4.2.1", "4.2.2", "4.2.3", "4.2.4", "4.2.5"}},
		{name: "section with its full id", include: []string{"autobahn/4.2.*"}, want: []string{"4.2.1", "4.2.2", "4.2.3", "4.2.4", "4.2.5"}},
		{name: "star need not stand for anything", include: []string{"2.1*"}, want: []string{"2.1", "2.10", "2.11"}},
		{name: "dot is a dot", include: []string{"2.1.*"}, want: []string{}},
		{name: "escaped dot is a dot", include: []string{`3\.1*`}, want: []string{"3.1"}},
		{name: "regular expression", include: []string{"2.1[01]*"}, want: []string{"2.10", "2.11"}},
		{name: "class of sections", include: []string{"1[1-4].*"}, ends: ends{216, "12.1.1", "13.7.18"}},
		{name: "alternatives", include: []string{"3.7|10.*"}, want: []string{"3.7", "10.1.1"}},
		{name: "regular expression without star is an id", include: []string{"2.1[01]"}, want: []string{}},
		{name: "need not reach the end", include: []string{"*.23.1"}, want: []string{"6.23.1"}},
		{name: "need not reach the end of the number", include: []string{"6.2*.3"}, want: []string{
			"6.2.3", "6.20.3", "6.21.3", "6.22.3", "6.22.30", "6.22.31", "6.22.32", "6.22.33", "6.22.34", "6.23.3"}},
		{name: "matches from the start", include: []string{".1*"}, want: []string{}},
		{name: "star inside", include: []string{"7.*.13"}, want: []string{"7.7.13"}},
		{name: "empty pattern", include: []string{""}, want: []string{}},
		{name: "pattern of no case", include: []string{"99.*"}, want: []string{}},
		{name: "no pattern", include: []string{}, want: []string{}},
		{name: "order of execution, each once", include: []string{"3.2", "2.*", "3.1", "2.1"}, want: []string{
			"2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9", "2.10", "2.11", "3.1", "3.2"}},
		{name: "exclude", include: []string{"3.*"}, exclude: []string{"3.[2-6]*", "9.*", ""}, want: []string{"3.1", "3.7"}},
		{name: "exclude alone", exclude: []string{"autobahn/*"}, want: []string{
			"rfc6455/5.5/ping-126", "rfc6455/5.5.1/close-1", "rfc7692/7.1/offer-08"}},
		{name: "exclude wins", include: []string{"4.2.4"}, exclude: []string{"*"}, want: []string{}},
		{name: "all of Autobahn", include: []string{"autobahn/*"}, ends: ends{517, "1.1.1", "13.7.18"}},
		{name: "without slash only Autobahn", include: []string{"*.*"}, ends: ends{517, "1.1.1", "13.7.18"}},
		{name: "section of an RFC", include: []string{"rfc6455/5.5/*"}, want: []string{"rfc6455/5.5/ping-126"}},
		{name: "document", include: []string{"rfc6455/*"}, want: []string{"rfc6455/5.5/ping-126", "rfc6455/5.5.1/close-1"}},
		{name: "documents", include: []string{"rfc*/*"}, want: []string{
			"rfc6455/5.5/ping-126", "rfc6455/5.5.1/close-1", "rfc7692/7.1/offer-08"}},
	}
	selectors := map[string]func([]*catalogue.Case, []string, []string) ([]*catalogue.Case, error){
		"command line": catalogue.Select, "spec file": catalogue.SelectSpec,
	}
	for _, tt := range tests {
		for from, sel := range selectors {
			if tt.include == nil && from == "spec file" {
				continue
			}
			t.Run(tt.name+"/"+from, func(t *testing.T) {
				got, err := sel(mixed(), tt.include, tt.exclude)
				if err != nil {
					t.Fatal(err)
				}
				checkIDs(t, ids(got), tt.want, tt.ends)
			})
		}
	}
}

func checkIDs(t *testing.T, got, want []string, e ends) {
	t.Helper()
	if want != nil {
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		return
	}
	if len(got) != e.n || got[0] != e.first || got[len(got)-1] != e.last {
		t.Errorf("got %d ids (%v…), want %d from %s to %s", len(got), got[:min(len(got), 3)], e.n, e.first, e.last)
	}
}

// TestSelectEverything is about the one difference of the two dialects.
func TestSelectEverything(t *testing.T) {
	all, own := ends{520, "1.1.1", "rfc7692/7.1/offer-08"}, ends{517, "1.1.1", "13.7.18"}
	for name, include := range map[string][]string{"star": {"*"}, "nothing said": nil} {
		t.Run(name, func(t *testing.T) {
			got, err := catalogue.Select(mixed(), include, nil)
			if err != nil {
				t.Fatal(err)
			}
			checkIDs(t, ids(got), nil, all)
			got, err = catalogue.SelectSpec(mixed(), include, nil)
			if err != nil {
				t.Fatal(err)
			}
			checkIDs(t, ids(got), nil, own)
		})
	}
}

func TestBadPatterns(t *testing.T) {
	for _, bad := range []string{"1.(*", "1.[*", "(?=1)*"} {
		_, inErr := catalogue.Select(nil, []string{"1.1.1", bad}, nil)
		_, outErr := catalogue.Select(nil, nil, []string{bad})
		_, agentErr := catalogue.ParseExcludeAgent(map[string][]string{bad: nil})
		_, caseErr := catalogue.ParseExcludeAgent(map[string][]string{"a": {bad}})
		for place, err := range map[string]error{"include": inErr, "exclude": outErr, "agent": agentErr, "case": caseErr} {
			if err == nil {
				t.Errorf("%s of %q: no error", place, bad)
				continue
			}
			for _, part := range []string{bad, "backslash"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s of %q: error %q does not say %q", place, bad, err, part)
				}
			}
		}
	}
}

func TestZeroPatterns(t *testing.T) {
	var p catalogue.Patterns
	if p.Match("autobahn/1.1.1") || p.Match("") {
		t.Error("no patterns match something")
	}
	var x catalogue.ExcludeAgent
	if x.Excludes("", "") {
		t.Error("no rules exclude something")
	}
}

func TestExcludeAgent(t *testing.T) {
	x, err := catalogue.ParseExcludeAgent(map[string][]string{
		"Foo*":        {"1.1.*", "3.7"},
		"Foo/2.0":     {"autobahn/4.*"},
		"(Bar|Baz)":   {"5.1[0-9]", "*.3"},
		"*Everywhere": {"*"},
		"":            {"7.1.1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		agent, id string
		want      bool
	}{
		{"Foo", "1.1.1", true},
		{"Foo/1.0", "1.1.8", true},
		{"Foo/1.0", "3.7", true},
		{"Foo/1.0", "4.1.1", false},
		{"Foo/2.0", "4.1.1", true},
		{"Foo/2.0", "14.1.1", false},
		{"Foo/2x0", "4.1.1", false}, // a dot is a dot
		{"A Foo", "1.1.1", false},   // whole
		{"foo", "1.1.1", false},
		{"Bar", "5.10", true}, // a regular expression without a star
		{"Baz", "5.19", true},
		{"Baz", "5.1", false},
		{"Bazaar", "5.10", false},
		{"Bar", "6.2.3", true},
		{"Bar", "6.22.3", true},
		{"Bar", "6.22.30", false}, // whole
		{"Runs Everywhere", "9.1.1", true},
		{"Everywhere", "9.1.1", true},
		{"Everywhere else", "9.1.1", false},
		{"", "7.1.1", true},
		{"Foo", "7.1.1", false},
	}
	for _, tt := range tests {
		if got := x.Excludes(tt.agent, catalogue.AutobahnPrefix+tt.id); got != tt.want {
			t.Errorf("agent %q, case %s: %t, want %t", tt.agent, tt.id, got, tt.want)
		}
	}
	if x.Excludes("Everywhere", "rfc6455/5.5/ping-126") {
		t.Error(`"*" excludes a case that is not Autobahn's`)
	}
}

func TestCheckPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, want string // "" for no error
	}{
		{"4.2.4", ""}, {"4.2.*", ""}, {"*", ""}, {"rfc6455/5.5/*", ""},
		{"", "the pattern is empty"},
		{"99.*", `no case is selected by "99.*"`},
		{"4.2", `"4.2.*" means all of them`},
		{"autobahn/4.2", `"autobahn/4.2.*" means all of them`},
		{"rfc6455/5.5", `"rfc6455/5.5/*" means all of them`},
		{"1.(*", "bad pattern"},
	} {
		err := catalogue.CheckPatterns(mixed(), []string{"1.1.1", c.pattern})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: error %v, want %q", c.pattern, err, c.want)
		}
	}
	if err := catalogue.CheckPatterns(mixed(), nil); err != nil {
		t.Error(err)
	}
}

// TestAmong demands that no pattern misses a case of a document that was not made for it.
func TestAmong(t *testing.T) {
	for _, patterns := range [][]string{
		nil, {}, {""}, {"*"}, {"**"}, {"1.1.1"}, {"1.*"}, {"*.1"}, {"autobahn/2.*"}, {"*/5.5/*"}, {"rfc*/6.1/*"}, {"rfc6455/5.5/*"},
		{"rfc7692/7.1/*", "1.1.1"}, {"[ar]*/7.1*"}, {`rfc769[0-9]/7.2.1/*`}, {"rfc6455/5.5/ping-126"}, {"rfc(6455|7692)/7*/*"}, {"corpus/*"}, {"no/case"},
	} {
		for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
			want, err := catalogue.Select(catalogue.For(role), patterns, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := catalogue.Select(catalogue.Among(role, patterns), patterns, nil)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%q as %v: %d cases, want %d (%v)", patterns, role, len(got), len(want), err)
			}
		}
	}
}
