package engine

import (
	"slices"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/process"
)

// TestSuspects wants those cases suspected of a death that were begun in that life, the
// latest first, and each once.
func TestSuspects(t *testing.T) {
	var l lives
	p := new(process.Process) // it runs no more
	a, b, c, d := &catalogue.Case{ID: "a"}, &catalogue.Case{ID: "b"}, &catalogue.Case{ID: "c"}, &catalogue.Case{ID: "d"}
	for _, cs := range []*catalogue.Case{a, b, a} {
		l.begin(1, p, cs)
	}
	l.begin(2, p, c)
	l.begin(3, p, d)
	l.accountFor(3)
	deaths := l.take(p)
	if len(deaths) != 2 || len(l.take(p)) != 0 {
		t.Fatalf("%d deaths, want 2, once: the third is accounted for", len(deaths))
	}
	if got := suspectsOf(deaths, []*catalogue.Case{b}); !slices.Equal(got, []*catalogue.Case{a, c}) {
		t.Errorf("suspects %v, want a and c", got)
	}
	for range 2 * keptCases {
		l.begin(4, p, new(catalogue.Case))
	}
	if n := len(suspectsOf(l.take(p), nil)); n != maxSuspects {
		t.Errorf("%d suspects, want %d", n, maxSuspects)
	}
}
