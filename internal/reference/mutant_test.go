package reference

import (
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/wscheck/wscheck/oracle"
)

// TestMutantTable checks the tables against the clauses and the faults.
func TestMutantTable(t *testing.T) {
	all := Mutants()
	if len(all) == 0 {
		t.Error("there are no mutants")
	}
	name := regexp.MustCompile(`^[a-z0-9]+([-.][a-z0-9]+)*$`)
	seen := make(map[string]bool)
	for _, m := range all {
		if seen[m.Name] || !name.MatchString(m.Name) {
			t.Errorf("%s: the name is not unique, or not made of words", m.Name)
		}
		seen[m.Name] = true
		if m.Text == "" || m.Text[len(m.Text)-1] != '.' {
			t.Errorf("%s: text %q is no sentence", m.Name, m.Text)
		}
		clause := oracle.Lookup(m.Clause)
		if clause == nil {
			t.Errorf("%s: clause %s does not exist", m.Name, m.Clause)
			continue
		}
		if !clause.Visible() || !clause.Level.Binding() {
			t.Errorf("%s: clause %s cannot be seen broken, or is a %s", m.Name, m.Clause, clause.Level)
		}
		for _, role := range m.Roles {
			if !clause.Binds.Role(role) {
				t.Errorf("%s: clause %s does not bind a %s", m.Name, m.Clause, role)
			}
		}
		if len(m.Roles) == 0 || !slices.IsSorted(m.Roles) && len(m.Roles) > 2 {
			t.Errorf("%s: roles %v", m.Name, m.Roles)
		}
		if err := (Options{Mutant: m.Name}).Check(); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
	if err := (Options{Mutant: "no-such-mutant"}).Check(); err == nil {
		t.Error("a mutant that does not exist: got no error")
	}
}

// TestMutantsReplaceHooks checks that each mutant replaces a hook at least, and that none
// takes one away.
func TestMutantsReplaceHooks(t *testing.T) {
	was := reflect.ValueOf(plain)
	for _, m := range allMutants() {
		h := plain
		m.change(&h)
		replaced := 0
		for i := range was.NumField() {
			is := reflect.ValueOf(h).Field(i)
			if is.IsNil() {
				t.Errorf("%s: takes away %s", m.Name, was.Type().Field(i).Name)
			} else if is.Pointer() != was.Field(i).Pointer() {
				replaced++
			}
		}
		if replaced == 0 {
			t.Errorf("%s replaces no hook", m.Name)
		}
	}
}
