package store

import (
	"errors"
	"slices"
)

// Bound has the writer keep so many agents at most: those that [Writer.Add] brings
// beyond take the place of the ones with fewest results, and among them of those
// that have been idle longest. What is left out is counted in the report, and its
// files are taken away. It is for agents that name themselves: a peer could
// otherwise fill the report with names.
func (w *Writer) Bound(agents int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.most = agents
}

// makeRoom leaves agents out until there is room for so many more. Where a result
// of the one to leave out is being added, there are too many until the next call.
// w.mu is held.
func (w *Writer) makeRoom(more int) error {
	for w.most > 0 && len(w.agents)+more > w.most {
		least := 0
		for i, a := range w.agents {
			if a.lessThan(w.agents[least]) {
				least = i
			}
		}
		if w.agents[least].busy > 0 {
			return nil
		}
		if err := w.leaveOut(least); err != nil {
			return err
		}
	}
	return nil
}

// lessThan reports whether a is left out before b.
func (a *agentFiles) lessThan(b *agentFiles) bool {
	if len(a.entries) != len(b.entries) {
		return len(a.entries) < len(b.entries)
	}
	return a.last < b.last
}

// leaveOut takes an agent and its files away. In the journal it stays until that
// is next written again. w.mu is held.
func (w *Writer) leaveOut(i int) error {
	a := w.agents[i]
	for id, e := range a.entries {
		file := a.layout.Files[id]
		for _, name := range []string{file + ".html", file + ".json"} {
			if err := removeFile(w.root, name); err != nil {
				return err
			}
		}
		w.live -= e.place.size
	}
	w.agents = slices.Delete(w.agents, i, i+1)
	w.layout.Remove(i)
	if w.byName[a.name] == a {
		delete(w.byName, a.name)
	}
	w.head.LeftOut++
	w.dirty = true
	return nil
}

// wasteful reports whether the journal has to be written again. w.mu is held.
func (w *Writer) wasteful() bool {
	return w.journal.whole() != nil || w.journal.length() > 2*w.live+w.waste || w.next > len(w.agents)+wasteAgents
}

// tidy writes the journal again, without what no longer counts, if it is time.
func (w *Writer) tidy() error {
	w.mu.Lock()
	due := !w.closed && w.wasteful()
	w.mu.Unlock()
	if !due {
		return nil
	}
	w.updating.Lock()
	defer w.updating.Unlock()
	w.adding.Lock()
	defer w.adding.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || !w.wasteful() {
		return nil
	}
	return w.compact()
}

// compact writes the journal again. Nothing else may use it meanwhile.
func (w *Writer) compact() error {
	fresh, err := startJournal(w.root, newDocument(&w.head))
	if err != nil {
		return err
	}
	type move struct {
		e  *entry
		to place
	}
	var moves []move
	for i, a := range w.agents {
		fresh.note(journalLine{Agent: i, About: &a.about})
		for _, e := range a.entries {
			to, err := fresh.copy(i, w.journal, e.place)
			if err != nil {
				return errors.Join(err, fresh.remove())
			}
			moves = append(moves, move{e, to})
		}
	}
	if err := fresh.settle(); err != nil {
		return errors.Join(err, fresh.remove())
	}
	_ = w.journal.file.Close() // its name is the new one's by now
	w.journal = fresh
	for i, a := range w.agents {
		a.number = i
	}
	for _, m := range moves {
		m.e.place = m.to
	}
	w.next = len(w.agents)
	return nil
}
