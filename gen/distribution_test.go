package gen

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// measured is how often things are met in a number of conversations.
type measured struct {
	conversations, right, steps, payload int
	states                               [numStates]int
	faults                               map[string]int
	clauses                              map[oracle.ClauseID]int
}

func measure(role wsproto.Role, n int) *measured {
	m := &measured{conversations: n, faults: map[string]int{}, clauses: map[oracle.ClauseID]int{}}
	rng := rand.New(rand.NewPCG(1, uint64(role)))
	for range n {
		t := converse(randomDraws{rng}, role)
		if len(t.faults) == 0 {
			m.right++
		}
		steps, octets := Cost(t.script)
		m.steps, m.payload = m.steps+steps, m.payload+octets
		for st := range numStates {
			if t.met&(1<<st) != 0 {
				m.states[st]++
			}
		}
		for _, f := range t.faults {
			m.faults[f.Name]++
			for _, id := range f.Clauses {
				m.clauses[id]++
			}
		}
	}
	return m
}

// report lists names with how often they are met.
func report[K ~string](counts map[K]int) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&b, "%7d %s\n", counts[k], k)
	}
	return b.String()
}

// rare are the states of [rarely].
var rare = []state{stateBurst, stateStalled, stateCrossing, statePongs, stateAgain, stateMany, stateIdle, stateInCompressed, stateLater, stateRunUp, stateBlownUp}

// stateNames are what [TestDistribution] calls the states.
var stateNames = [numStates]string{
	"open", "early frames", "extension", "in text", "in binary", "control within", "code point cut", "compressed", "pinged",
	"large", "chopped", "apart", "frame cut", "burst", "fault", "closing", "after close", "half-closed", "reset", "dropped", "stalled", "crossing", "pongs",
	"again", "many", "idle", "in compressed", "later", "run-up", "in turn", "far back", "blown up", "between", "wide", "long within", "many fragments",
}

// TestDistribution prints how often each state, fault and clause is met, and
// holds a floor for each.
func TestDistribution(t *testing.T) {
	const n = 40000
	for _, role := range roles {
		t.Run(role.String(), func(t *testing.T) {
			m := measure(role, n)
			states := map[string]int{}
			for st, count := range m.states {
				states[stateNames[st]] = count
				floor := n / 200
				if slices.Contains(rare, state(st)) {
					floor = n / 500
				}
				if state(st) == stateLater && role == wsproto.Server {
					floor = 0 // it is for the client to say what comes first
				}
				if count < floor {
					t.Errorf("state %q is met %d times in %d, want at least %d", stateNames[st], count, n, floor)
				}
			}
			t.Logf("%d conversations, %d of them right; on average %.1f steps and %d octets\nstates:\n%s\nclauses:\n%s\nfaults:\n%s",
				n, m.right, float64(m.steps)/n, m.payload/n, report(states), report(m.clauses), report(m.faults))
			if m.right < n/5 || m.right > n/2 {
				t.Errorf("%d of %d conversations are right, want a fifth to a half", m.right, n)
			}
			for _, name := range possibleFaults(role) {
				if floor := n / 2000; m.faults[name] < floor {
					t.Errorf("fault %q is met %d times in %d, want at least %d", name, m.faults[name], n, floor)
				}
			}
			for c := range oracle.Clauses() {
				if isInvited(c, role.Peer()) && m.clauses[c.ID] < n/1000 {
					t.Errorf("%s is put to the test by a fault %d times in %d, want at least %d", c.ID, m.clauses[c.ID], n, n/1000)
				}
			}
		})
	}
}

// possibleFaults are the names of all that can go wrong.
func possibleFaults(role wsproto.Role) (names []string) {
	for _, o := range openings[role]().all {
		if o.wrong {
			names = append(names, o.name)
		}
	}
	for _, e := range extensions[role]().all {
		if e.wrong {
			names = append(names, e.name)
		}
	}
	for _, m := range possible[role][1] {
		names = append(names, m.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// isInvited reports whether a clause is about what an endpoint of that role makes
// of something wrong: the receiver's side of a rule.
func isInvited(c *oracle.Clause, role wsproto.Role) bool {
	if !c.Visible() || !c.Binds.Role(role) {
		return false
	}
	id := string(c.ID)
	for _, of := range []string{"-fail", "/decline-", "/fail-", "rfc6455/4.2.1/", "rfc6455/4.1/response-", "-closes-"} {
		if strings.Contains(id, of) {
			return true
		}
	}
	return false
}
