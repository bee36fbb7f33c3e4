package store

import "github.com/wscheck/wscheck/internal/catalogue"

// redrawing is a result whose files have to be written again.
type redrawing struct {
	job   *caseJob // its result lacks its trace and logs
	place place
}

// redraw writes the files again whose pages do not lead to the cases beside
// theirs, because one did not run or one came in between, and those that are
// stale.
func (w *Writer) redraw() error {
	w.mu.Lock()
	var all []redrawing
	for _, a := range w.agents {
		var ran []*catalogue.Case
		for _, e := range w.inOrder(a) {
			ran = append(ran, w.head.Cases[w.places[e.result.Case.ID]])
		}
		for i, c := range ran {
			var prev, next *catalogue.Case
			if i > 0 {
				prev = ran[i-1]
			}
			if i+1 < len(ran) {
				next = ran[i+1]
			}
			e := a.entries[c.ID]
			if !e.stale && e.at == w.places[c.ID] && e.prev == idOf(prev) && e.next == idOf(next) {
				continue
			}
			e.prev, e.next, e.stale = "", "", false
			all = append(all, redrawing{w.job(a, e.result, e, prev, next), e.place})
		}
	}
	w.mu.Unlock()
	return sideBySide(all, func(r redrawing) error {
		raw := make([]byte, r.place.size)
		if _, err := w.journal.file.ReadAt(raw, r.place.at); err != nil {
			return err
		}
		result, err := decodeResult(r.job.Result.Agent, raw)
		if err != nil {
			return err
		}
		result.Case, r.job.Result = r.job.Result.Case, result
		return r.job.write(w.root)
	})
}

func idOf(c *catalogue.Case) string {
	if c == nil {
		return ""
	}
	return c.ID
}
