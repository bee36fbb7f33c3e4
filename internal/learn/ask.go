package learn

import (
	"math/rand/v2"
	"slices"
)

// batch is how many words are handed to the peer at a time.
const batch = 64

// ask has words answered that the tree does not answer, and adds the answers.
func (l *learner) ask(words [][]int) error {
	var queries []Query
	for _, w := range words {
		if !l.known(w) {
			queries = append(queries, Query{Word: w, Expect: l.before(w)})
		}
	}
	return l.play(queries)
}

// known reports whether the tree has the answers to a word.
func (l *learner) known(word []int) bool {
	n, steps := l.walk(word)
	return steps == len(word) || n.output.Ends || n.differs != nil
}

// before is what the tree says of a word.
func (l *learner) before(word []int) (outputs []Output) {
	n := l.root
	for _, in := range word {
		if n = n.child(in); n == nil || n.differs != nil {
			break
		}
		outputs = append(outputs, n.output)
	}
	return outputs
}

// play asks queries and adds the answers to the tree.
func (l *learner) play(queries []Query) error {
	for part := range slices.Chunk(queries, batch) {
		answers, err := l.put(part)
		if err != nil {
			return err
		}
		for i, q := range part {
			if err := l.add(q.Word, answers[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *learner) put(queries []Query) ([][]Output, error) {
	if err := l.ctx.Err(); err != nil {
		return nil, err
	}
	if l.result.Queries+len(queries) > l.options.Queries {
		return nil, errQueries
	}
	answers, err := l.peer.Ask(l.ctx, queries)
	if err != nil {
		return nil, err
	}
	l.result.Queries += len(queries)
	for _, a := range answers {
		l.result.Inputs += len(a)
	}
	return answers, nil
}

// add adds the answers to a word to the tree. Where they are not those that are
// there, the word is asked again: errAgain says that something in the tree was
// repaired.
func (l *learner) add(word []int, answers []Output) error {
	n := l.root
	for i, out := range answers {
		c := n.child(word[i])
		switch {
		case c == nil:
			c = n.grow(word[i], l.inputs)
			c.output = out
		case c.differs != nil:
			c.differs.Answers[out]++
			return nil
		case c.output != out:
			return l.settle(c, out)
		}
		n = c
	}
	return nil
}

// askAgain is how often a word is asked again that was answered in two ways, and
// maxSettled how often that may be settled. A peer with more than maxRepairs such
// words is not a machine.
const (
	askAgain   = 4
	maxSettled = 2
	maxRepairs = 60
)

// settle asks a word again that was answered in two ways. What all answers agree
// on then is taken for right, though the other one is reported; without such an
// agreement, nothing is learned of what comes after it.
func (l *learner) settle(n *node, other Output) error {
	word := n.word()
	d := l.tally[n]
	if d == nil {
		d = &Differing{Word: word, Answers: map[Output]int{n.output: 1}}
		l.tally[n] = d
	}
	d.Answers[other]++
	answers, err := l.put(slices.Repeat([]Query{{Word: word, Sure: true}}, askAgain))
	if err != nil {
		return err
	}
	var last []Output
	for _, a := range answers {
		if c := l.deviates(word[:len(word)-1], a); c != nil {
			return l.settle(c, a[len(c.word())-1]) // it began earlier
		}
		out := a[len(word)-1]
		d.Answers[out]++
		if !slices.Contains(last, out) {
			last = append(last, out)
		}
	}
	if d.settled++; len(last) != 1 || d.settled > maxSettled {
		n.differs, n.next = d, nil
	} else if n.output != last[0] {
		n.output, n.next = last[0], nil
	}
	if l.repairs++; l.repairs > maxRepairs {
		return errDiffer
	}
	return errAgain
}

// deviates returns the first node of a word whose output is another one than in
// the answers, nil if there is none.
func (l *learner) deviates(word []int, answers []Output) *node {
	n := l.root
	for i, in := range word {
		if n = n.child(in); n.output != answers[i] {
			return n
		}
	}
	return nil
}

// confirm asks the answer of each state to each input once more: one that is not
// the same each time may show.
func (l *learner) confirm() error {
	var queries []Query
	for _, b := range l.basis {
		for in, n := range b.next {
			if n.differs == nil {
				queries = append(queries, Query{Word: append(b.word(), in), Sure: true})
			}
		}
	}
	return l.play(queries)
}

// test asks words that were not asked before, and returns one that the machine
// gets wrong; nil if there is none: each state with each pair of inputs, and words
// at random.
func (l *learner) test(m *Machine) ([]int, error) {
	var words [][]int
	for _, s := range m.States {
		for in, e := range s.Edges {
			if e.To < 0 {
				continue
			}
			for then := range l.inputs {
				words = append(words, append(slices.Clone(s.Access), in, then))
			}
		}
	}
	rng := rand.New(rand.NewPCG(l.options.Seed, 1))
	for range l.options.Words {
		words = append(words, l.random(m, rng))
	}
	l.result.Tested = 0
	for part := range slices.Chunk(words, batch) {
		l.progress()
		var queries []Query
		for _, w := range part {
			if !l.known(w) {
				queries = append(queries, Query{Word: w, Expect: m.Predict(w)})
			}
		}
		if err := l.play(queries); err != nil {
			return nil, err
		}
		for _, w := range part {
			if wrong := l.wrong(m, w); wrong != nil {
				return wrong, nil
			}
		}
		l.result.Tested += len(part)
	}
	return nil, nil
}

// wrong returns the shortest beginning of a word that the machine gets wrong.
func (l *learner) wrong(m *Machine, word []int) []int {
	n := l.root
	for i, out := range m.Predict(word) {
		if n = n.child(word[i]); n == nil || n.differs != nil {
			return nil
		}
		if n.output != out {
			return word[:i+1]
		}
	}
	return nil
}

// random returns a word: to a state, some inputs that mostly keep the connection,
// and one that distinguishes the state where that ends from another.
func (l *learner) random(m *Machine, rng *rand.Rand) []int {
	at := rng.IntN(len(m.States))
	word := slices.Clone(m.States[at].Access)
	for range rng.IntN(l.options.Length + 1) {
		var keeps []int
		for in, e := range m.States[at].Edges {
			if e.To >= 0 {
				keeps = append(keeps, in)
			}
		}
		if len(keeps) == 0 {
			break
		}
		in := keeps[rng.IntN(len(keeps))]
		word = append(word, in)
		at = m.States[at].Edges[in].To
	}
	if len(m.States) > 1 && rng.IntN(2) == 0 {
		other := rng.IntN(len(l.basis))
		if differs := apart(l.basis[at], l.basis[other]); differs != nil {
			return append(word, differs...)
		}
	}
	return append(word, rng.IntN(l.inputs))
}
