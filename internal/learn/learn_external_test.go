package learn_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/learn"
)

// machinePeer answers as a machine does. flaky, if not nil, may change an output.
type machinePeer struct {
	m     *learn.Machine
	flaky func(word []int, out learn.Output) learn.Output
	asked int
}

func (p *machinePeer) Ask(_ context.Context, queries []learn.Query) ([][]learn.Output, error) {
	answers := make([][]learn.Output, len(queries))
	for i, q := range queries {
		p.asked++
		answers[i] = p.m.Predict(q.Word)
		if p.flaky == nil {
			continue
		}
		for j := range answers[i] {
			if answers[i][j] = p.flaky(q.Word[:j+1], answers[i][j]); answers[i][j].Ends {
				answers[i] = answers[i][:j+1]
				break
			}
		}
	}
	return answers, nil
}

// names are those of the first inputs.
func names(n int) (names []string) {
	for _, in := range learn.Alphabet(learn.Setting{})[:n] {
		names = append(names, in.Name)
	}
	return names
}

// randomMachine is a machine at random, some of whose edges end.
func randomMachine(rng *rand.Rand) *learn.Machine {
	m := &learn.Machine{Inputs: names(2 + rng.IntN(6)), States: make([]learn.State, 1+rng.IntN(12))}
	for i := range m.States {
		for range m.Inputs {
			e := learn.Edge{Output: fmt.Sprint("out ", rng.IntN(3)), To: rng.IntN(len(m.States))}
			if rng.IntN(4) == 0 {
				e.To = learn.End
			}
			m.States[i].Edges = append(m.States[i].Edges, e)
		}
	}
	return m
}

// classes counts the states that are reached and that some word distinguishes.
func classes(m *learn.Machine) int {
	reached := []int{0}
	for i := 0; i < len(reached); i++ {
		for _, e := range m.States[reached[i]].Edges {
			if e.To >= 0 && !slices.Contains(reached, e.To) {
				reached = append(reached, e.To)
			}
		}
	}
	class := make([]int, len(m.States))
	for count := 0; ; {
		keys, next := map[string]int{}, make([]int, len(m.States))
		for _, s := range reached {
			var key strings.Builder
			for _, e := range m.States[s].Edges {
				to := e.To
				if to >= 0 {
					to = class[to]
				}
				fmt.Fprint(&key, e.Output, "/", to, ";")
			}
			if _, ok := keys[key.String()]; !ok {
				keys[key.String()] = len(keys)
			}
			next[s] = keys[key.String()]
		}
		if class = next; len(keys) == count {
			return count
		}
		count = len(keys)
	}
}

// TestLearnsMachines demands that machines made at random are learned exactly, with
// no state too many, and with fewer words than a table of all would take.
func TestLearnsMachines(t *testing.T) {
	for seed := range uint64(120) {
		m := randomMachine(rand.New(rand.NewPCG(seed, 1)))
		r, err := learn.Learn(t.Context(), &machinePeer{m: m}, m.Inputs, learn.Options{Seed: seed})
		if err != nil || r.Stopped != "" || r.Differ != nil {
			t.Fatalf("seed %d: %v, stopped %q, %d differ", seed, err, r.Stopped, len(r.Differ))
		}
		d, err := learn.Diff(m, r.Machine)
		if err != nil || len(d.Differences) > 0 {
			t.Fatalf("seed %d: %v, %+v\n%s", seed, err, d.Differences, r.Machine.Format())
		}
		if got, want := len(r.Machine.States), classes(m); got != want {
			t.Errorf("seed %d: %d states, want %d", seed, got, want)
		}
		again, err := learn.Parse(r.Machine.Format())
		if err != nil || string(again.Format()) != string(r.Machine.Format()) {
			t.Fatalf("seed %d: read again, %v:\n%s\nwas\n%s", seed, err, again.Format(), r.Machine.Format())
		}
	}
}

// TestCanonical demands that the numbers of the states depend on nothing but the
// machine: not on those that it had, and not on the random words.
func TestCanonical(t *testing.T) {
	for seed := range uint64(25) {
		rng := rand.New(rand.NewPCG(seed, 2))
		m := randomMachine(rng)
		var texts []string
		for range 3 {
			r, err := learn.Learn(t.Context(), &machinePeer{m: m}, m.Inputs, learn.Options{Seed: rng.Uint64()})
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(r.Machine.Format()))
			m = renumbered(rng, m)
		}
		if texts[0] != texts[1] || texts[0] != texts[2] {
			t.Errorf("seed %d: %s", seed, strings.Join(texts, "\n"))
		}
	}
}

// renumbered is a machine with its states but the first in another order.
func renumbered(rng *rand.Rand, m *learn.Machine) *learn.Machine {
	number := rng.Perm(len(m.States) - 1)
	to := func(i int) int {
		if i <= 0 {
			return i
		}
		return number[i-1] + 1
	}
	other := &learn.Machine{Inputs: m.Inputs, States: make([]learn.State, len(m.States))}
	for i, s := range m.States {
		edges := slices.Clone(s.Edges)
		for in := range edges {
			edges[in].To = to(edges[in].To)
		}
		other.States[to(i)] = learn.State{Edges: edges}
	}
	return other
}

// counter has one state more for each text, and shows it at the end.
func counter(states int) *learn.Machine {
	m := &learn.Machine{Inputs: names(2)}
	for i := range states {
		m.States = append(m.States, learn.State{Edges: []learn.Edge{
			{Output: "echo", To: min(i+1, states-1)}, {Output: fmt.Sprint("count ", i), To: i},
		}})
	}
	return m
}

// TestBounds demands that each bound ends the run with what is known by then.
func TestBounds(t *testing.T) {
	gone, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	for name, c := range map[string]struct {
		ctx     context.Context
		options learn.Options
		stopped string
	}{
		"states":  {t.Context(), learn.Options{States: 20}, "it has as many states as there may be, and more"},
		"queries": {t.Context(), learn.Options{Queries: 50}, "as many words as there may be were asked"},
		"time":    {gone, learn.Options{}, "enough"},
	} {
		p := &machinePeer{m: counter(200)}
		r, err := learn.Learn(c.ctx, p, p.m.Inputs, c.options)
		if err != nil || r.Stopped != c.stopped {
			t.Errorf("%s: %v, stopped %q", name, err, r.Stopped)
			continue
		}
		if !strings.Contains(r.Text(), "not all was learned: "+c.stopped) {
			t.Errorf("%s:\n%s", name, r.Text())
		}
		if c.options.Queries > 0 && p.asked > c.options.Queries || c.options.States > 0 && len(r.Machine.States) > c.options.States {
			t.Errorf("%s: %d words, %d states", name, p.asked, len(r.Machine.States))
		}
		if _, err := learn.Parse(r.Machine.Format()); err != nil {
			t.Errorf("%s: %v\n%s", name, err, r.Machine.Format())
		}
	}
}

// TestPeerFails demands the error of a peer that cannot be asked.
func TestPeerFails(t *testing.T) {
	want := errors.New("gone")
	_, err := learn.Learn(t.Context(), failing{want}, names(2), learn.Options{})
	if !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Ask(context.Context, []learn.Query) ([][]learn.Output, error) { return nil, f.err }

// TestFlaky demands that answers that are not the same each time are reported, that
// one that agrees with itself when it is asked again counts, and that nothing is
// learned beyond one that does not.
func TestFlaky(t *testing.T) {
	m := counter(4)
	second := func(word []int) bool { return len(word) == 2 && word[0] == 0 && word[1] == 1 }
	t.Run("once", func(t *testing.T) {
		seen := 0
		p := &machinePeer{m: m, flaky: func(word []int, out learn.Output) learn.Output {
			if second(word) {
				if seen++; seen == 1 {
					out.Text = "late"
				}
			}
			return out
		}}
		r, err := learn.Learn(t.Context(), p, m.Inputs, learn.Options{})
		if err != nil || len(r.Differ) != 1 {
			t.Fatalf("%v, %+v", err, r.Differ)
		}
		if text := r.Differ[0].Text(); !strings.HasPrefix(text, "count 1 in ") || !strings.Contains(text, "late in 1 of ") {
			t.Errorf("reported: %s", text)
		}
		if !strings.Contains(r.Text(), "answers differ: text, binary: count 1 in ") {
			t.Errorf("reported: %s", r.Text())
		}
		if d, err := learn.Diff(m, r.Machine); err != nil || len(d.Differences) > 0 {
			t.Errorf("%v %+v", err, d)
		}
	})
	t.Run("again and again", func(t *testing.T) {
		seen := 0
		p := &machinePeer{m: m, flaky: func(word []int, out learn.Output) learn.Output {
			if second(word) {
				if seen++; seen%2 == 0 {
					out.Text = "late"
				}
			}
			return out
		}}
		r, err := learn.Learn(t.Context(), p, m.Inputs, learn.Options{})
		if err != nil || len(r.Differ) != 1 || r.Stopped != "" {
			t.Fatalf("%v, %+v", err, r)
		}
		text := string(r.Machine.Format())
		if !strings.Contains(text, "differs: count 1 | late") || !strings.Contains(r.Text(), "what comes after an answer that differs was not learned") {
			t.Errorf("%s\n%s", text, r.Text())
		}
	})
	t.Run("the end", func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 1))
		p := &machinePeer{m: m, flaky: func(word []int, out learn.Output) learn.Output {
			if word[len(word)-1] == 0 && rng.IntN(3) == 0 {
				out.Ends = true
			}
			return out
		}}
		r, err := learn.Learn(t.Context(), p, m.Inputs, learn.Options{})
		if err != nil || len(r.Differ) == 0 || !strings.Contains(r.Text(), "answers differ: text: ") {
			t.Fatalf("%v, %s", err, r.Text())
		}
	})
}

// TestNoise demands an end with a peer whose answers are a matter of chance, and
// that this is reported.
func TestNoise(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		m := randomMachine(rng)
		p := &machinePeer{m: m, flaky: func(_ []int, out learn.Output) learn.Output {
			switch rng.IntN(20) {
			case 0:
				out.Text = "noise"
			case 1:
				out.Ends = true
			}
			return out
		}}
		r, err := learn.Learn(t.Context(), p, m.Inputs, learn.Options{Words: 100})
		if err != nil || len(r.Differ) == 0 {
			t.Errorf("seed %d: %v, %s", seed, err, r.Text())
		}
	}
}
