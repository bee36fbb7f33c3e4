package learn

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Difference is a shortest conversation that distinguishes two machines by what they
// answer to its last input.
type Difference struct {
	Word []*Input // none for what comes without being asked
	A, B string   // the answers
	More int      // states in which the last input is answered in the same two ways
}

// Comparison is what [Diff] finds.
type Comparison struct {
	Differences  []Difference // shorter words first
	OnlyA, OnlyB []string     // inputs that only one of the machines has
}

// Diff compares two machines by the inputs that both have. An answer that is not
// known is not a difference. It returns an error where there is nothing to compare.
func Diff(a, b *Machine) (*Comparison, error) {
	switch {
	case a.Peer != b.Peer:
		return nil, fmt.Errorf("one is a %v, the other a %v", a.Peer, b.Peer)
	case a.Deflate != b.Deflate:
		return nil, errors.New("one has agreed on permessage-deflate, the other has not: learn both without it")
	}
	d := &Comparison{OnlyA: without(a.Inputs, b.Inputs), OnlyB: without(b.Inputs, a.Inputs)}
	if a.Greeting != b.Greeting {
		d.Differences = append(d.Differences, Difference{A: cmp.Or(a.Greeting, Nothing), B: cmp.Or(b.Greeting, Nothing)})
	}
	type inBoth struct {
		input *Input
		a, b  int
	}
	var both []inBoth
	for i, name := range a.Inputs {
		if j := slices.Index(b.Inputs, name); j >= 0 {
			both = append(both, inBoth{Named(name), i, j})
		}
	}
	type pair struct{ a, b int }
	type answers struct{ input, a, b string }
	words := map[pair][]*Input{{}: nil}
	first := map[answers]int{}
	for queue := []pair{{}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, in := range both {
			ea, eb := a.States[at.a].Edges[in.a], b.States[at.b].Edges[in.b]
			word := append(slices.Clone(words[at]), in.input)
			to := pair{ea.To, eb.To}
			switch ta, tb := ea.text(eb), eb.text(ea); {
			case ea.unlearned() || eb.unlearned():
			case ta != tb:
				key := answers{in.input.Name, ta, tb}
				if i, ok := first[key]; ok {
					d.Differences[i].More++
					continue
				}
				first[key] = len(d.Differences)
				d.Differences = append(d.Differences, Difference{Word: word, A: ta, B: tb})
			case ea.To >= 0 && eb.To >= 0:
				if _, seen := words[to]; !seen {
					words[to] = word
					queue = append(queue, to)
				}
			}
		}
	}
	return d, nil
}

func without(names, others []string) (rest []string) {
	for _, name := range names {
		if !slices.Contains(others, name) {
			rest = append(rest, name)
		}
	}
	return rest
}

// notLearned is the output of an edge that was not asked for.
const notLearned = "not learned"

func (e Edge) unlearned() bool { return e.To == Unknown && e.Output == notLearned }

// text is the output, with a word about the end where the other edge has the same
// output and another end.
func (e Edge) text(other Edge) string {
	if e.Output == other.Output && e.To == End && other.To >= 0 {
		return e.Output + ", and the connection is over"
	}
	return e.Output
}

// Write writes the differences, in which the machines are called a and b.
func (d *Comparison) Write(w io.Writer, a, b string) error {
	var text strings.Builder
	width := max(len(a), len(b))
	for _, f := range d.Differences {
		fmt.Fprintf(&text, "%s%s\n  %-*s  %s\n  %-*s  %s\n", WordOf(f.Word), f.more(), width, a, f.A, width, b, f.B)
	}
	for _, only := range []struct {
		name   string
		inputs []string
	}{{a, d.OnlyA}, {b, d.OnlyB}} {
		if len(only.inputs) > 0 {
			fmt.Fprintf(&text, "only %s was asked: %s\n", only.name, strings.Join(only.inputs, ", "))
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// WordOf returns the names of inputs, for people: "the opening handshake" for none.
func WordOf(word []*Input) string {
	if len(word) == 0 {
		return "the opening handshake"
	}
	var names []string
	for _, in := range word {
		names = append(names, in.Name)
	}
	return strings.Join(names, ", ")
}

func (f *Difference) more() string {
	switch f.More {
	case 0:
		return ""
	case 1:
		return " (and so in another state)"
	}
	return fmt.Sprintf(" (and so in %d other states)", f.More)
}
