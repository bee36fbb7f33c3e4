package learn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Query is a word for a peer.
type Query struct {
	Word []int // inputs by index

	// Expect is what the first inputs of the word were answered before, or are
	// thought to be answered. An answer that is as expected need not be waited for
	// any longer.
	Expect []Output

	// Sure has nothing taken for granted: the answer decides what was right.
	Sure bool
}

// Peer answers words.
type Peer interface {
	// Ask returns the answers to each query: an output for each input, fewer where
	// one of them ends the connection. Each query has a connection of its own, and
	// they may be played side by side.
	Ask(ctx context.Context, queries []Query) ([][]Output, error)
}

// Options bound what is asked. Zero fields mean the defaults.
type Options struct {
	Words   int    // random words without any difference, before the machine is believed: 1000
	Length  int    // inputs in a random word from a state on, at most: 4
	Queries int    // words that are asked at most: 100,000
	States  int    // states at most: 100
	Seed    uint64 // of the random words

	// Only names the inputs that are asked, for package harness; none means all.
	Only []string

	// Progress, if not nil, is called now and then.
	Progress func(Progress)
}

// Check returns an error where the options make no sense.
func (o *Options) Check() error {
	for _, name := range o.Only {
		if Named(name) == nil {
			return fmt.Errorf("there is no input %q: want one of %s", name, strings.Join(inputNames(), ", "))
		}
	}
	if o.Words < 0 || o.Length < 0 || o.Queries < 0 || o.States < 0 {
		return errors.New("a bound is less than 0")
	}
	return nil
}

// Progress is how far it is.
type Progress struct {
	Queries int // asked so far
	States  int // known so far
}

func (o Options) withDefaults() Options {
	o.Words, o.Length = cmp.Or(o.Words, 1000), cmp.Or(o.Length, 4)
	o.Queries, o.States = cmp.Or(o.Queries, 100_000), cmp.Or(o.States, 100)
	return o
}

// The reasons why learning stops before all is learned.
var (
	errQueries = errors.New("as many words as there may be were asked")
	errStates  = errors.New("it has as many states as there may be, and more")
	errDiffer  = errors.New("the answers differ too much for one machine to fit them")
)

// errAgain has everything looked at again: answers in the tree were wrong.
var errAgain = errors.New("an answer was wrong")

// learner is one run of [Learn].
type learner struct {
	ctx     context.Context
	peer    Peer
	inputs  int
	options Options
	root    *node
	basis   []*node
	index   map[*node]int // into basis
	result  Result
	tally   map[*node]*Differing
	repairs int
}

// Learn asks a peer until one machine of the inputs is left, tests that with
// words that were not asked before, and returns it. Where a bound or the end of
// ctx comes first, the result holds what is known by then and says so. The error
// is the peer's.
func Learn(ctx context.Context, peer Peer, inputs []string, o Options) (*Result, error) {
	o = o.withDefaults()
	l := &learner{ctx: ctx, peer: peer, inputs: len(inputs), options: o, root: new(node), tally: map[*node]*Differing{}}
	var err error
	for {
		l.basis, l.index = nil, map[*node]int{}
		l.forget(l.root)
		l.promote(l.root)
		if err = l.learn(); err != errAgain {
			break
		}
	}
	m := l.machine()
	m.Inputs = inputs
	m.canonical()
	l.result.Machine, l.result.Options = m, o
	switch {
	case err == nil:
	case ctx.Err() != nil:
		l.result.Stopped = context.Cause(ctx).Error()
	case errors.Is(err, errQueries), errors.Is(err, errStates), errors.Is(err, errDiffer):
		l.result.Stopped = err.Error()
	default:
		return nil, err
	}
	for _, d := range l.tally {
		l.result.Differ = append(l.result.Differ, *d)
	}
	slices.SortFunc(l.result.Differ, func(a, b Differing) int {
		return cmp.Or(cmp.Compare(len(a.Word), len(b.Word)), slices.Compare(a.Word, b.Word))
	})
	return &l.result, nil
}

// forget forgets which states of the basis the nodes are like.
func (l *learner) forget(n *node) {
	n.like, n.compare = nil, 0
	for _, c := range n.next {
		if c != nil {
			l.forget(c)
		}
	}
}

func (l *learner) promote(n *node) {
	l.index[n] = len(l.basis)
	l.basis = append(l.basis, n)
}

// learn learns and tests, until a test shows nothing new.
func (l *learner) learn() error {
	for queries, states := -1, -1; ; {
		if err := l.hypothesis(); err != nil {
			return err
		}
		if queries == l.result.Queries && states == len(l.basis) {
			return errDiffer // nothing is left to ask that could settle it
		}
		queries, states = l.result.Queries, len(l.basis)
		m := l.machine()
		if word := l.inconsistent(l.root, 0, m); word != nil {
			if err := l.refine(m, word); err != nil {
				return err
			}
			continue
		}
		word, err := l.test(m)
		if err != nil {
			return err
		}
		if word == nil {
			return l.confirm()
		}
		if err := l.refine(m, word); err != nil {
			return err
		}
	}
}

// hypothesis asks until each state that one input leads to is one of the basis.
func (l *learner) hypothesis() error {
	for {
		l.progress()
		var words [][]int
		for _, b := range l.basis {
			for in := range l.inputs {
				if b.child(in) == nil {
					words = append(words, append(b.word(), in))
				}
			}
		}
		if len(words) > 0 {
			if err := l.ask(words); err != nil {
				return err
			}
			continue
		}
		grown := false
		for _, b := range slices.Clone(l.basis) {
			for _, n := range b.next {
				if l.done(n) {
					continue
				}
				if l.candidates(n); len(n.like) == 0 {
					if len(l.basis) == l.options.States {
						return errStates
					}
					l.promote(n)
					grown = true
				} else if len(n.like) > 1 {
					words = append(words, append(n.word(), apart(n.like[0], n.like[1])...))
				}
			}
			if grown {
				break
			}
		}
		switch {
		case grown:
		case len(words) == 0:
			return nil
		default:
			before := l.result.Queries
			if err := l.ask(words); err != nil {
				return err
			}
			if l.result.Queries == before {
				return nil // answers that differ are in the way: what is left stays unknown
			}
		}
	}
}

func (l *learner) progress() {
	if l.options.Progress != nil {
		l.options.Progress(Progress{Queries: l.result.Queries, States: len(l.basis)})
	}
}

// done reports whether a node need not be distinguished from the states.
func (l *learner) done(n *node) bool {
	_, base := l.index[n]
	return base || n.output.Ends || n.differs != nil
}

// candidates brings n.like up to date.
func (l *learner) candidates(n *node) {
	n.like = append(n.like, l.basis[n.compare:]...)
	n.compare = len(l.basis)
	n.like = slices.DeleteFunc(n.like, func(b *node) bool { return apart(n, b) != nil })
}

// machine is what the tree knows.
func (l *learner) machine() *Machine {
	m := &Machine{States: make([]State, len(l.basis))}
	for i, b := range l.basis {
		edges := make([]Edge, l.inputs)
		for in := range edges {
			n := b.child(in)
			switch {
			case n == nil:
				edges[in] = Edge{notLearned, Unknown}
			case n.differs != nil:
				edges[in] = Edge{differs + n.differs.texts(), Unknown}
			case n.output.Ends:
				edges[in] = Edge{n.output.Text, End}
			default:
				edges[in] = Edge{n.output.Text, Unknown}
				if at, ok := l.index[n]; ok {
					edges[in].To = at
				} else if l.candidates(n); len(n.like) == 1 {
					edges[in].To = l.index[n.like[0]]
				}
			}
		}
		m.States[i] = State{Access: b.word(), Edges: edges}
	}
	return m
}

// inconsistent returns a word that the tree answers otherwise than the machine,
// nil if there is none.
func (l *learner) inconsistent(n *node, at int, m *Machine) []int {
	type pair struct {
		n  *node
		at int
	}
	queue := []pair{{n, at}}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		for in, c := range p.n.next {
			if c == nil || c.differs != nil {
				continue
			}
			e := m.States[p.at].Edges[in]
			if e.To == Unknown {
				continue
			}
			if (Output{e.Output, e.To == End}) != c.output {
				return c.word()
			}
			if e.To >= 0 {
				queue = append(queue, pair{c, e.To})
			}
		}
	}
	return nil
}

// walk follows a word in the tree until the tree ends.
func (l *learner) walk(word []int) (n *node, steps int) {
	n = l.root
	for i, in := range word {
		c := n.child(in)
		if c == nil {
			return n, i
		}
		n = c
	}
	return n, len(word)
}

// state is where the machine is after a word.
func state(m *Machine, word []int) int {
	at := 0
	for _, in := range word {
		if at = m.States[at].Edges[in].To; at < 0 {
			return at
		}
	}
	return at
}

// refine asks what it takes for a word that the machine gets wrong to split a
// state, in a number of words that is logarithmic in its length.
func (l *learner) refine(m *Machine, word []int) error {
	for {
		// The shortest beginning of the word after which the tree shows another
		// state than the machine has.
		n, at, depth, edge := l.root, 0, 0, 0
		var witness []int
		for i := 0; ; i++ {
			if _, base := l.index[n]; base {
				edge = i + 1 // the next node may be on the edge
			}
			if witness = apart(n, l.basis[at]); witness != nil {
				depth = i
				break
			}
			if i == len(word) {
				return nil // what was asked since has settled it
			}
			c := n.child(word[i])
			at = m.States[at].Edges[word[i]].To
			if c == nil || at < 0 || c.output.Ends || c.differs != nil {
				return nil
			}
			n = c
		}
		if depth <= edge {
			return nil // the next hypothesis has it right
		}
		mid := (edge + depth) / 2
		q := l.basis[state(m, word[:mid])]
		rest := word[mid:depth]
		asked := slices.Concat(q.word(), rest, witness)
		if err := l.ask([][]int{asked}); err != nil {
			return err
		}
		r, _ := l.walk(word[:mid])
		if apart(q, r) != nil {
			word = word[:mid]
		} else {
			word = append(q.word(), rest...)
		}
	}
}

// differs begins the output of an edge that was not the same each time.
const differs = "differs: "
