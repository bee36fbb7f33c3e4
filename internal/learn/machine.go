package learn

import (
	"slices"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// Machine is the state machine of a peer.
type Machine struct {
	Peer     wsproto.Role
	Deflate  bool     // permessage-deflate was agreed on
	Greeting string   // what the peer sends without being asked; "" for nothing
	Inputs   []string // names, in the order of [Alphabet]
	States   []State  // the first is the one after the opening handshake
}

// State is a state of a machine.
type State struct {
	Access []int  // the shortest word that leads to it, by index into Inputs
	Edges  []Edge // by input
}

// Edge is what a machine does in a state with an input.
type Edge struct {
	Output string
	To     int // the state after it, or [End] or [Unknown]
}

// Where an edge leads, if not to a state.
const (
	End     = -1 // the connection is over
	Unknown = -2 // what comes then was not learned
)

// Word returns the names of inputs, for people: "first, ping"; "the start" for
// none.
func (m *Machine) Word(word []int) string {
	if len(word) == 0 {
		return "the start"
	}
	names := make([]string, len(word))
	for i, in := range word {
		names[i] = m.Inputs[in]
	}
	return strings.Join(names, ", ")
}

// Predict returns the outputs of a word from the start, up to the end of the
// connection or of what is known.
func (m *Machine) Predict(word []int) (outputs []Output) {
	at := 0
	for _, in := range word {
		e := m.States[at].Edges[in]
		if e.To == Unknown {
			return outputs
		}
		outputs = append(outputs, Output{e.Output, e.To == End})
		if at = e.To; at == End {
			break
		}
	}
	return outputs
}

// canonical numbers the states in the order in which words of inputs reach them,
// shorter ones and earlier inputs first.
func (m *Machine) canonical() {
	number := make([]int, len(m.States))
	for i := range number {
		number[i] = -1
	}
	order := []int{0}
	number[0] = 0
	m.States[0].Access = nil
	for i := 0; i < len(order); i++ {
		from := &m.States[order[i]]
		for in, e := range from.Edges {
			if e.To >= 0 && number[e.To] < 0 {
				number[e.To] = len(order)
				order = append(order, e.To)
				m.States[e.To].Access = append(slices.Clone(from.Access), in)
			}
		}
	}
	states := make([]State, len(order))
	for i, old := range order {
		states[i] = m.States[old]
		for in, e := range states[i].Edges {
			if e.To >= 0 {
				states[i].Edges[in].To = number[e.To]
			}
		}
	}
	m.States = states
}

// Target is a state of a machine and an input: a word, by index into Inputs.
type Target []int

// Targets returns the shortest word to each state with each input after it: what
// there is to try of a machine, for tests and fuzzers.
func (m *Machine) Targets() (targets []Target) {
	for _, s := range m.States {
		for in := range m.Inputs {
			targets = append(targets, append(slices.Clone(Target(s.Access)), in))
		}
	}
	return targets
}
