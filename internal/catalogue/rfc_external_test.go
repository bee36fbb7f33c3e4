package catalogue_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// beyondAutobahn are the cases about RFC 6455 that Autobahn|Testsuite does not
// have: they come right after those that it has.
func beyondAutobahn(t *testing.T) []*catalogue.Case {
	t.Helper()
	cases := catalogue.All()[len(catalogue.Autobahn()):]
	n := 0
	for i, c := range cases {
		if strings.HasPrefix(c.ID, "rfc6455/") {
			n++
		}
		if strings.HasPrefix(c.ID, "rfc6455/") != (n == i+1) || strings.HasPrefix(c.ID, catalogue.AutobahnPrefix) {
			t.Fatalf("%s stands at %d of the cases beyond Autobahn's", c.ID, i)
		}
	}
	return cases[:n]
}

func TestRolesOfCases(t *testing.T) {
	counts := make(map[catalogue.Roles]int)
	for _, c := range beyondAutobahn(t) {
		counts[c.Roles]++
		want := wsproto.Client
		if c.Roles == catalogue.AsServer {
			want = wsproto.Server
		}
		if c.Script.Role != want {
			t.Errorf("%s: the script is written for the %v", c.ID, c.Script.Role)
		}
	}
	if n := counts[catalogue.AsClient] + counts[catalogue.InBoth]; n == 0 {
		t.Errorf("no case tests servers")
	}
	if n := counts[catalogue.AsServer]; n == 0 {
		t.Errorf("no case tests clients alone")
	}
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		got := catalogue.For(role)
		want := slices.DeleteFunc(catalogue.All(), func(c *catalogue.Case) bool { return !c.Roles.Has(role) })
		if !slices.Equal(got, want) {
			t.Errorf("%v: %d cases, want %d", role, len(got), len(want))
		}
		if n := len(catalogue.Autobahn()); len(got) < n || got[n-1].Number != n {
			t.Errorf("%v: Autobahn's cases are for both roles", role)
		}
	}
}

func TestIDs(t *testing.T) {
	form := regexp.MustCompile(`^rfc6455/([0-9]+(?:\.[0-9]+)*)/[a-z0-9][a-z0-9.]*(-[a-z0-9.]+)*$`)
	fileName := strings.NewReplacer(".", "_", "/", "_", "-", "_") // reports name files so
	seen, files := make(map[string]bool), make(map[string]string)
	var before []int
	for _, c := range beyondAutobahn(t) {
		m := form.FindStringSubmatch(c.ID)
		if m == nil {
			t.Errorf("%s is not well-formed", c.ID)
			continue
		}
		if seen[c.ID] {
			t.Errorf("%s is there twice", c.ID)
		}
		seen[c.ID] = true
		if other, ok := files[fileName.Replace(c.ID)]; ok {
			t.Errorf("%s and %s differ in punctuation alone", c.ID, other)
		}
		files[fileName.Replace(c.ID)] = c.ID
		if c.RFC[0] != "RFC 6455 "+m[1] {
			t.Errorf("%s is about %s", c.ID, c.RFC[0])
		}
		var section []int
		for part := range strings.SplitSeq(m[1], ".") {
			n, _ := strconv.Atoi(part)
			section = append(section, n)
		}
		if slices.Compare(before, section) > 0 {
			t.Errorf("%s stands after section %v", c.ID, before)
		}
		before = section
	}
}

func TestWords(t *testing.T) {
	rfc := regexp.MustCompile(`^RFC [0-9]+ [0-9]+(\.[0-9]+)*$`)
	for _, c := range beyondAutobahn(t) {
		for what, text := range map[string]string{"description": c.Description, "expectation": c.Expectation} {
			if !regexp.MustCompile(`^[A-Z0-9].*[.)]$`).MatchString(text) || strings.Contains(text, "  ") || strings.Contains(text, "%!") {
				t.Errorf("%s: %s %q", c.ID, what, text)
			}
		}
		for _, s := range c.RFC {
			if !rfc.MatchString(s) {
				t.Errorf("%s: section %q", c.ID, s)
			}
		}
		if h := &c.Script.Handshake; h.Refused && h.MayRefuse {
			t.Errorf("%s both must and may be refused", c.ID)
		}
		if c.Autobahn != nil || c.Number != 0 {
			t.Errorf("%s passes for one of Autobahn's", c.ID)
		}
	}
}

func TestClausesOfCases(t *testing.T) {
	for _, c := range beyondAutobahn(t) {
		if len(c.Clauses) == 0 {
			t.Errorf("%s exercises no clause", c.ID)
		}
		for i, id := range c.Clauses {
			clause := oracle.Lookup(id)
			switch {
			case clause == nil:
				t.Errorf("%s: %s is not a clause", c.ID, id)
				continue
			case !clause.Visible():
				t.Errorf("%s: %s cannot be seen by a case", c.ID, id)
			case slices.Contains(c.Clauses[:i], id):
				t.Errorf("%s names %s twice", c.ID, id)
			}
			binds := false
			for _, ours := range []wsproto.Role{wsproto.Client, wsproto.Server} {
				binds = binds || c.Roles.Has(ours) && clause.Binds.Role(ours.Peer())
			}
			if !binds {
				t.Errorf("%s: %s does not bind those that it tests", c.ID, id)
			}
		}
	}
}

// TestEveryClauseHasACase is about the clauses of RFC 6455 and of the contract.
func TestEveryClauseHasACase(t *testing.T) {
	exercised := make(map[oracle.ClauseID]bool)
	for _, c := range beyondAutobahn(t) {
		for _, id := range c.Clauses {
			exercised[id] = true
		}
	}
	for clause := range oracle.Clauses() {
		if strings.HasPrefix(string(clause.ID), "wscheck/answer-") {
			continue // of dialects that have answers
		}
		if clause.Visible() && !exercised[clause.ID] && !strings.HasPrefix(string(clause.ID), "rfc7692/") && clause.Over() == oracle.HTTP1 {
			t.Errorf("no case exercises %s", clause.ID)
		}
	}
}
