package peers

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/raw"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Octets is how foreign octets are played.
type Octets string

// The ways to play them: as all that one side sends, opening handshake included, which is what they were made for; and
// as what follows a correct opening handshake, where most of what a library does with octets begins.
const (
	AsStream Octets = "stream"
	AsFrames Octets = "frames"
)

// Tally is what came of some conversations with a library in a role.
type Tally struct {
	Library       string
	Role          wsproto.Role
	Octets        Octets
	Conversations int
	Broken        map[oracle.ClauseID]int // conversations by the clause that was broken
	Took          time.Duration
}

// Play plays entries with a library as a server and as a client, each conversation in a bubble, and hands every result to
// see, which may be nil. t is what package synctest needs; verdicts fail nothing.
func (lib *Library) Play(t *testing.T, entries []*corpus.Entry, how Octets, see func(*Tally, *corpus.Entry, *report.Result)) ([]Tally, error) {
	byRole := map[wsproto.Role][]*corpus.Entry{}
	for _, e := range entries {
		if how == AsFrames {
			octets, err := raw.Octets(e.Script)
			if err != nil {
				return nil, err
			}
			framed := *e
			framed.Script = raw.Frames(e.Role, octets)
			e = &framed
		}
		byRole[e.Role.Peer()] = append(byRole[e.Role.Peer()], e)
	}
	var tallies []Tally
	for _, role := range []wsproto.Role{wsproto.Server, wsproto.Client} {
		target := engine.Server(lib.Server)
		if role == wsproto.Client {
			target = engine.ClientFunc(lib.Client)
		}
		var cases []*catalogue.Case
		for _, e := range byRole[role] {
			cases = append(cases, engine.CorpusCase(e))
		}
		if cases == nil {
			continue
		}
		tally := Tally{Library: lib.Name, Role: role, Octets: how, Broken: map[oracle.ClauseID]int{}}
		started := time.Now()
		r, err := engine.RunBubble(t, target, &engine.Config{Select: cases})
		if err != nil {
			return nil, err
		}
		tally.Took = time.Since(started)
		for i, result := range r.Agents[0].Results {
			tally.Conversations++
			for _, id := range result.RFC.Broken() {
				tally.Broken[id]++
			}
			if see != nil {
				see(&tally, byRole[role][i], result)
			}
		}
		tallies = append(tallies, tally)
	}
	return tallies, nil
}

// WriteTallies writes a table: a line for each tally and each clause that was broken. What made a library crash or hang
// is named by its clause alone.
func WriteTallies(w io.Writer, tallies []Tally) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-15s %-7s %-7s %13s %7s  %s\n", "library", "role", "octets", "conversations", "ms", "broken")
	for i := range tallies {
		t := &tallies[i]
		clauses := slices.Sorted(maps.Keys(t.Broken))
		broken := make([]string, 0, len(clauses))
		for _, id := range clauses {
			broken = append(broken, fmt.Sprintf("%s (%d)", id, t.Broken[id]))
		}
		if len(broken) == 0 {
			broken = []string{"nothing"}
		}
		fmt.Fprintf(&b, "%-15s %-7s %-7s %13d %7d  %s\n", t.Library, t.Role, t.Octets, t.Conversations, t.Took.Milliseconds(), strings.Join(broken, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
