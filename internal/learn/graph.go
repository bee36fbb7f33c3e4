package learn

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// arrow is all edges from a state to a place with one output.
type arrow struct {
	from, to int
	inputs   []string
	output   string
}

// label is the arrow's text: "ping, pong / nothing".
func (a *arrow) label() string { return strings.Join(a.inputs, ", ") + " / " + a.output }

// arrows returns the edges, those with the same output together.
func (m *Machine) arrows() (arrows []arrow) {
	for from, s := range m.States {
		begin := len(arrows)
		for in, e := range s.Edges {
			i := slices.IndexFunc(arrows[begin:], func(a arrow) bool { return a.to == e.To && a.output == e.Output })
			if i < 0 {
				i = len(arrows) - begin
				arrows = append(arrows, arrow{from: from, to: e.To, output: e.Output})
			}
			a := &arrows[begin+i]
			a.inputs = append(a.inputs, m.Inputs[in])
		}
	}
	return arrows
}

// place is the name of where an arrow leads, in graphs.
func place(to int) string {
	switch to {
	case End:
		return "end"
	case Unknown:
		return "unknown"
	}
	return fmt.Sprintf("s%d", to)
}

// DOT returns the machine as a graph for Graphviz.
func (m *Machine) DOT() []byte {
	var b bytes.Buffer
	b.WriteString("digraph machine {\n\trankdir=LR\n\tnode [shape=box, style=rounded, fontname=\"sans-serif\"]\n\tedge [fontname=\"sans-serif\", fontsize=10]\n")
	for i, s := range m.States {
		fmt.Fprintf(&b, "\ts%d [label=%s]\n", i, dotText(m.title(i, s)))
	}
	for _, a := range m.arrows() {
		fmt.Fprintf(&b, "\t%s -> %s [label=%s]\n", place(a.from), place(a.to), dotText(a.label()))
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// title is what a state is called in graphs.
func (m *Machine) title(i int, s State) string {
	if i == 0 {
		return "0: open"
	}
	return fmt.Sprintf("%d: after %s", i, m.Word(s.Access))
}

func dotText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ").Replace(s) + `"`
}

// Mermaid returns the machine as a state diagram for Mermaid, which many hosts of
// repositories draw.
func (m *Machine) Mermaid() []byte {
	var b bytes.Buffer
	b.WriteString("stateDiagram-v2\n\tdirection LR\n\t[*] --> s0\n")
	for i, s := range m.States {
		fmt.Fprintf(&b, "\ts%d : %s\n", i, mermaidText(m.title(i, s)))
	}
	for _, a := range m.arrows() {
		fmt.Fprintf(&b, "\t%s --> %s : %s\n", place(a.from), place(a.to), mermaidText(a.label()))
	}
	return b.Bytes()
}

// mermaidText has what could mean something to Mermaid as an entity.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" ,./-…|", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
