package blackbox

import (
	"github.com/wscheck/wscheck/oracle"
)

// clauseState is what is known of a clause in a run.
type clauseState struct {
	seen     int // conversations that broke it
	open     int // candidates that are examined
	kept     int // findings
	refuted  int // candidates that could not be shown again
	unproved int // candidates of a silence that did not come again
	watched  int // conversations that are played, or wait to be, to see whether it is broken
}

// maxWatched bounds the conversations that are played with patience on account
// of one clause: most of the time they all show the same.
const maxWatched = 8

// maxRefuted bounds how many candidates of a clause are examined that come to
// nothing.
const maxRefuted = 5

// state returns the state of a clause. r.mu is held.
func (r *run) state(id oracle.ClauseID) *clauseState {
	s := r.clauses[id]
	if s == nil {
		s = new(clauseState)
		r.clauses[id] = s
	}
	return s
}

// wants reports whether another finding of the clause is wanted. r.mu is held.
func (r *run) wants(id oracle.ClauseID) bool {
	if r.ignored != nil && r.ignored.MatchString(string(id)) {
		return false
	}
	s := r.clauses[id]
	return s == nil || s.kept+s.open < r.options.perClause() && s.refuted < maxRefuted
}

// suspicious has a conversation played with patience if that may show one of the
// clauses broken, and a finding of it is wanted.
func (r *run) suspicious(s candidate, owed []oracle.ClauseID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range owed {
		if !r.wants(id) || r.state(id).watched >= maxWatched {
			continue
		}
		s.clause = id
		select {
		case r.slow <- s:
			r.state(id).watched++
		default: // enough is waiting
		}
		return
	}
}

// propose queues the clauses that a conversation breaks for examination, if more findings
// of them are wanted.
func (r *run) propose(s candidate) {
	ids := s.result.RFC.Broken()
	if len(ids) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		if r.ignored != nil && r.ignored.MatchString(string(id)) {
			continue
		}
		wanted := r.wants(id)
		state := r.state(id)
		state.seen++
		if !wanted {
			continue
		}
		s.clause = id
		select {
		case r.cases <- s:
			state.open++
		default: // enough is waiting
		}
	}
}
