package wsproto_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/wscheck/wscheck/internal/problem"
	"github.com/wscheck/wscheck/wsproto"
)

func TestProblemKinds(t *testing.T) {
	name := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	section := regexp.MustCompile(`^RFC \d{4} [\d.]+(, (RFC \d{4} )?[\d.]+)*$`)
	seen := map[string]bool{}
	kinds := problem.Kinds()
	for _, kind := range kinds {
		if !name.MatchString(kind.String()) || seen[kind.String()] {
			t.Errorf("kind %d has the name %q", kind, kind)
		}
		seen[kind.String()] = true
		if !section.MatchString(kind.Section()) {
			t.Errorf("%v is in section %q", kind, kind.Section())
		}
	}
	if first, last := problem.StartLine, problem.ExtensionNotOffered; kinds[0] != first || kinds[len(kinds)-1] != last {
		t.Errorf("the kinds go from %v to %v", kinds[0], kinds[len(kinds)-1])
	}
	none := wsproto.ProblemKind(len(kinds))
	if none.String() != "problem(35)" || none.Section() != "" {
		t.Errorf("a kind that is none: %v, %q", none, none.Section())
	}
}

// Every kind is shown to be found, by the tests of the two checks.
func TestProblemKindsAreFound(t *testing.T) {
	cases := slices.Concat(requestProblems, responseProblems)
	for _, kind := range problem.Kinds() {
		if !slices.ContainsFunc(cases, func(c problemCase) bool { return c.kind == kind }) {
			t.Errorf("no case for %v", kind)
		}
	}
}

func TestProblemString(t *testing.T) {
	p := wsproto.Problem{Kind: problem.KeyLength, Detail: "want 16 octets, got 15"}
	if got, want := p.String(), "key-length: want 16 octets, got 15 (RFC 6455 4.1)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
