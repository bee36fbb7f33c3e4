package blackbox

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/oracle"
)

// died are the clauses about peers that do not outlive a conversation.
var died = []oracle.ClauseID{"wscheck/peer-died", "wscheck/peer-panicked"}

// reportDeaths looks for the script that the peer's process died of, as long as a
// finding of that is wanted.
func (r *run) reportDeaths() {
	for _, death := range r.player.TakeDeaths() {
		r.mu.Lock()
		r.state(died[0]).seen++
		wanted := r.wants(died[0]) && !r.knowsDeath()
		if wanted {
			r.state(died[0]).open++
		}
		r.mu.Unlock()
		if wanted {
			r.findCulprit(&death)
		}
	}
}

// knowsDeath reports whether as many scripts are known that the peer dies of as
// are wanted. r.mu is held.
func (r *run) knowsDeath() bool {
	n := 0
	for _, id := range died {
		if s := r.clauses[id]; s != nil {
			n += s.kept + s.open
		}
	}
	return n >= r.options.perClause()
}

// findCulprit looks for the suspect that the peer died of.
func (r *run) findCulprit(death *engine.Death) {
	result := r.player.Culprit(r.working, death)
	r.mu.Lock()
	state := r.state(died[0])
	state.open--
	if result == nil {
		state.refuted++
	}
	r.mu.Unlock()
	switch {
	case result != nil:
		r.propose(candidate{number: numberOf(result.Case.ID), cs: result.Case, result: result, deaths: r.player.Deaths()})
	case r.working.Err() == nil:
		r.suspect(death.How, death.Suspects)
	}
}

// numberOf is the number of the script that the id of a random case names, -1 for none.
func numberOf(id string) int {
	n, err := strconv.Atoi(id[strings.LastIndexByte(id, '-')+1:])
	if err != nil {
		return -1
	}
	return n
}

// maxSuspects bounds the scripts that are kept of a death.
const maxSuspects = 64

// suspect keeps a death whose reason is not known, unless one is kept already.
func (r *run) suspect(how string, suspects []*catalogue.Case) {
	f := &Finding{Clause: died[0], Number: -1, How: how}
	for _, cs := range suspects[:min(len(suspects), maxSuspects)] {
		f.Suspects = append(f.Suspects, &cs.Script)
	}
	r.mu.Lock()
	known := slices.ContainsFunc(r.findings, func(g *Finding) bool { return slices.Contains(died, g.Clause) })
	if !known {
		r.findings = append(r.findings, f)
		r.state(f.Clause).seen = max(1, r.state(f.Clause).seen)
	}
	r.mu.Unlock()
	if !known {
		r.note(r.saveSuspects(f))
	}
}
