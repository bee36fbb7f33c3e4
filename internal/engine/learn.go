package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/learn"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// learnBubble learns a peer of this process, in bubbles.
func learnBubble(t *testing.T, s *suite, o learn.Options) (*learn.Result, error) {
	b := &bubblePeer{t: t, suite: s}
	first, err := firstWord(s.config, func(cs *catalogue.Case) (*word, error) {
		b.cs = cs
		w := new(word)
		return w, b.say(w)
	})
	if err != nil {
		return nil, err
	}
	return learnPeer(context.Background(), b, &b.inputs, first, learn.Setting{Deflate: first.deflate, Time: true}, s.peer.role(), o)
}

// firstWord says nothing to a peer that is offered permessage-deflate, or not where
// it does not have it or does not take the offer.
func firstWord(config *Config, say func(*catalogue.Case) (*word, error)) (w *word, err error) {
	if !slices.Contains(config.Lacks, FeatureDeflate) {
		if w, err = say(learnCase(true)); !errors.Is(err, errNotOpen) {
			return w, err
		}
	}
	return say(learnCase(false))
}

// learnPeer learns a peer with the inputs of a setting. first is what it did without
// any.
func learnPeer(ctx context.Context, p learn.Peer, inputs *[]*learn.Input, first *word, setting learn.Setting, role wsproto.Role, o learn.Options) (*learn.Result, error) {
	if first.left {
		return nil, errLeaves
	}
	var names []string
	for _, in := range learn.Alphabet(setting) {
		if len(o.Only) == 0 || slices.Contains(o.Only, in.Name) {
			*inputs, names = append(*inputs, in), append(names, in.Name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("none of the inputs %q has a meaning with this peer", o.Only)
	}
	r, err := learn.Learn(ctx, p, names, o)
	if err != nil {
		return nil, err
	}
	r.Machine.Peer, r.Machine.Deflate, r.Machine.Greeting = role, setting.Deflate, first.greeting
	return r, nil
}

// bubblePeer answers words in bubbles.
type bubblePeer struct {
	t      *testing.T
	suite  *suite
	cs     *catalogue.Case
	inputs []*learn.Input
	leaks  int
}

// bubbleWord are the times of a word in a bubble, where they take no time.
var bubbleWord = wordTimes{lull: quietAfter, more: quietAfter, patience: quietAfter, ending: bubblePatience}

// Ask says words, one after the other.
func (b *bubblePeer) Ask(ctx context.Context, queries []learn.Query) ([][]learn.Output, error) {
	answers := make([][]learn.Output, len(queries))
	for i, q := range queries {
		w := &word{inputs: inputsOf(b.inputs, q.Word)}
		if err := b.say(w); err != nil {
			return nil, err
		}
		answers[i] = w.answers
	}
	return answers, nil
}

func inputsOf(inputs []*learn.Input, word []int) []*learn.Input {
	said := make([]*learn.Input, len(word))
	for i, in := range word {
		said[i] = inputs[in]
	}
	return said
}

// maxLeaks is how many conversations may leave goroutines behind.
const maxLeaks = 20

func (b *bubblePeer) say(w *word) error {
	w.times = bubbleWord
	bubble := b.suite.newBubble(b.cs)
	bubble.word, bubble.wait = w, w.times.ending
	p := bubble.play(b.t)
	switch {
	case b.suite.foreign.Load():
		return link.ErrForeign
	case p.stuck != "":
		return fmt.Errorf("after %s: %s", learn.WordOf(w.inputs), p.stuck)
	}
	open := bubble.result(p, "", time.Now(), func(*oracle.Verdict) bool { return false }) == nil && w.opened
	if p.leaked != nil {
		if b.leaks++; b.leaks > maxLeaks {
			return fmt.Errorf("after %s: goroutines of the peer's stay, as in %d conversations before: TestServer and TestClient show them", learn.WordOf(w.inputs), maxLeaks)
		}
	}
	if !open {
		return errNotOpen
	}
	return nil
}

var errNotOpen = errors.New("the peer does not take the opening handshake: there is nothing to learn")

var errLeaves = errors.New("the peer ends the connection by itself, right after the opening handshake: there is nothing to learn")
