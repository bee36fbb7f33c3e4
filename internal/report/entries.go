package report

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// entries are the compiled entries of a baseline, and what has become of them.
type entries []entryState

type entryState struct {
	known   *Known
	agent   *regexp.Regexp
	verdict *regexp.Regexp
	cases   catalogue.Patterns
	clauses []*regexp.Regexp

	met   map[string]bool // the cases of the pattern that ran with an agent of the pattern
	seen  bool            // it has excused something
	found []bool          // which clauses it has excused
}

// glob compiles a pattern in which "*" stands for anything.
func glob(pattern string) *regexp.Regexp {
	return regexp.MustCompile("(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
}

// ClauseGlob compiles a pattern of clause ids, in which "*" stands for anything. It is an error if
// no clause of the table matches.
func ClauseGlob(pattern string) (*regexp.Regexp, error) {
	ids := glob(pattern)
	for c := range oracle.Clauses() {
		if ids.MatchString(string(c.ID)) {
			return ids, nil
		}
	}
	return nil, fmt.Errorf("there is no clause %q: see wscheck clauses for their ids", pattern)
}

// about reports whether the entry is about that agent, case and judge.
func (e *entryState) about(k *Known) bool {
	return e.known.Judge == k.Judge && (e.cases.Match(k.Case) || e.known.Case == k.Case) && e.agent.MatchString(k.Agent)
}

// compare says what the entries make of a report, and marks its results.
func (list entries) compare(r *Report) *Comparison {
	c := &Comparison{}
	for _, agent := range r.Agents {
		mortal := false
		for _, result := range agent.Results {
			now, failed := deviation(agent, result, r.Judge)
			list.ran(&now)
			if result.ignored() {
				c.Excused++
				continue
			}
			result.Known = nil
			if !failed {
				continue
			}
			mortal = mortal || now.Verdict == died
			var decisive oracle.ClauseID
			if f := result.decisive(); f != nil {
				decisive = f.Clause
			}
			if result.Known = list.excuse(&now, decisive); result.Known == nil {
				c.New = append(c.New, now)
			} else {
				c.Excused++
			}
		}
		if agent.Deaths > 0 && !mortal {
			// No case is known to have caused it.
			now := Known{Agent: cmp.Or(agent.Name, unknownAgent), Case: "*", Judge: r.Judge, Verdict: died}
			if list.excuse(&now, "") == nil {
				c.New, c.died = append(c.New, now), append(c.died, now.Agent)
			}
		}
	}
	for i := range list {
		if k, ok := list[i].gone(r.Role); ok {
			c.Gone = append(c.Gone, k)
		}
	}
	return c
}

// ran notes that a case ran.
func (list entries) ran(k *Known) {
	for i := range list {
		if e := &list[i]; e.about(k) {
			e.met[k.Case] = true
		}
	}
}

// excuse returns an entry that accounts for the deviation, or nil if something
// of it is not known. Each clause of a violation has to be in an entry; they may
// be several, and the one about the decisive clause is returned.
func (list entries) excuse(k *Known, decisive oracle.ClauseID) *Known {
	var by, decides *Known
	left := map[oracle.ClauseID]bool{}
	for _, id := range k.Clauses {
		left[id] = true
	}
	for i := range list {
		e := &list[i]
		if !e.about(k) || !e.verdict.MatchString(k.Verdict) {
			continue
		}
		if len(e.clauses) == 0 {
			e.seen, by = true, cmp.Or(by, e.known)
			clear(left)
			continue
		}
		for c, pattern := range e.clauses {
			for _, id := range k.Clauses {
				if pattern.MatchString(string(id)) {
					e.seen, e.found[c], by = true, true, cmp.Or(by, e.known)
					delete(left, id)
					if id == decisive {
						decides = cmp.Or(decides, e.known)
					}
				}
			}
		}
	}
	if len(left) > 0 {
		return nil
	}
	return cmp.Or(decides, by)
}

// gone returns the entry, or those of its clauses, if it no longer occurs. One
// for many cases is gone only if all of them ran.
func (e *entryState) gone(role wsproto.Role) (Known, bool) {
	k := *e.known
	if len(e.met) == 0 || !e.allRan(role) {
		return k, false
	}
	if !e.seen {
		return k, true
	}
	k.Clauses = e.clausesFound(false)
	return k, len(k.Clauses) > 0
}

// clausesFound returns the clauses of the entry that it has excused, or those
// that it has not.
func (e *entryState) clausesFound(want bool) (ids []oracle.ClauseID) {
	for c, found := range e.found {
		if found == want {
			ids = append(ids, e.known.Clauses[c])
		}
	}
	return ids
}

// stay returns the entries that an update keeps.
func (list entries) stay(role wsproto.Role) (known []Known) {
	for i := range list {
		e := &list[i]
		k := *e.known
		if _, gone := e.gone(role); gone {
			if !e.seen {
				continue
			}
			k.Clauses = e.clausesFound(true)
		}
		known = append(known, k)
	}
	return known
}

// allRan reports whether every case ran that the entry is about.
func (e *entryState) allRan(role wsproto.Role) bool {
	if e.met[e.known.Case] {
		return true
	}
	for _, c := range catalogue.For(role) {
		if e.cases.Match(c.ID) && !e.met[c.ID] {
			return false
		}
	}
	return true
}
