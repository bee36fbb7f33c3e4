package learn

import "slices"

// tree holds every answer: a node is the state that a word leads to.
type node struct {
	parent *node
	input  int // that leads to it
	output Output
	next   []*node // by input; nil before there is any

	differs *Differing // the answers to this word were not the same each time
	like    []*node    // states of the basis that it may be the same as
	compare int        // as many states of the basis were compared with it
}

func (n *node) child(input int) *node {
	if n.next == nil {
		return nil
	}
	return n.next[input]
}

// grow returns the child of n, made if there is none.
func (n *node) grow(input, inputs int) *node {
	if n.next == nil {
		n.next = make([]*node, inputs)
	}
	if n.next[input] == nil {
		n.next[input] = &node{parent: n, input: input}
	}
	return n.next[input]
}

// word is what leads to n.
func (n *node) word() (word []int) {
	if n.parent == nil {
		return nil
	}
	return append(n.parent.word(), n.input)
}

// apart returns the shortest word to which two states answer differently, nil if
// they were not seen to.
func apart(a, b *node) []int {
	type pair struct {
		a, b *node
		from int // index of the pair before
		by   int
	}
	queue := []pair{{a: a, b: b, from: -1}}
	for i := 0; i < len(queue); i++ {
		p := queue[i]
		if p.a.next == nil || p.b.next == nil {
			continue
		}
		for input, na := range p.a.next {
			nb := p.b.next[input]
			if na == nil || nb == nil || na.differs != nil || nb.differs != nil {
				continue
			}
			if na.output != nb.output {
				word := []int{input}
				for at := i; queue[at].from >= 0; at = queue[at].from {
					word = append(word, queue[at].by)
				}
				slices.Reverse(word)
				return word
			}
			queue = append(queue, pair{na, nb, i, input})
		}
	}
	return nil
}
