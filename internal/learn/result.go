package learn

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/plural"
)

// Result is what was learned.
type Result struct {
	Machine *Machine
	Queries int         // words that were asked
	Inputs  int         // in all of them
	Tested  int         // words that were asked to find a difference, and showed none
	Options Options     // with the defaults in it
	Differ  []Differing // answers that were not the same each time
	Stopped string      // why not all was learned; "" if it was
}

// Text returns what there is to say beside the machine, in lines: how much was
// asked, what that shows and what it does not, and which answers were not the same
// each time.
func (r *Result) Text() string {
	m := r.Machine
	var b strings.Builder
	fmt.Fprintf(&b, "%s and the end of the connection, learned by %s of %s in all\n",
		plural.Of(len(m.States), "state"), plural.Of(r.Queries, "word"), plural.Of(r.Inputs, "input"))
	if r.Stopped != "" {
		fmt.Fprintf(&b, "not all was learned: %s\n", r.Stopped)
	} else {
		fmt.Fprintf(&b, "no difference in %s: each state with each two inputs, and random ones of up to %s from a state on; a longer one may show a state that is not there\n",
			plural.Of(r.Tested, "word"), plural.Of(r.Options.Length+1, "input"))
	}
	for _, d := range r.Differ {
		fmt.Fprintf(&b, "answers differ: %s: %s\n", m.Word(d.Word), d.Text())
	}
	if slices.ContainsFunc(m.States, func(s State) bool {
		return slices.ContainsFunc(s.Edges, func(e Edge) bool { return strings.HasPrefix(e.Output, differs) })
	}) {
		b.WriteString("what comes after an answer that differs was not learned\n")
	}
	return b.String()
}

// Differing is a word whose last input was not answered the same each time.
type Differing struct {
	Word    []int
	Answers map[Output]int // how often each was seen

	settled int // times that asking again agreed on one of them
}

// Text returns the answers: "echo in 5 of 6, nothing in 1 of 6".
func (d *Differing) Text() string {
	total := 0
	for _, n := range d.Answers {
		total += n
	}
	answers := slices.SortedFunc(maps.Keys(d.Answers), func(a, b Output) int {
		return cmp.Or(cmp.Compare(d.Answers[b], d.Answers[a]), cmp.Compare(a.Text, b.Text))
	})
	var parts []string
	for _, a := range answers {
		what := a.Text
		if a.Ends && what == Nothing {
			what = "the end"
		}
		parts = append(parts, fmt.Sprintf("%s in %d of %d", what, d.Answers[a], total))
	}
	return strings.Join(parts, ", ")
}

// texts are the different outputs, in order.
func (d *Differing) texts() string {
	seen := map[string]bool{}
	for a := range d.Answers {
		seen[a.Text] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(seen)), " | ")
}
