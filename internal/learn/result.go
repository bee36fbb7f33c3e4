package learn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/plural"
)

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
