package mutation

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/testdialect"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Why a mutant is alive where nothing is known of what it does with messages.
const (
	closesOnMessage = "it ends the connection on a message, which may be its own business"
	closesAtOnce    = "it ends the connection before a message, which may be its own business"
	closesOnOther   = "it ends the connection on a message that is not made one of the dialect"
	closesOnLong    = "it ends the connection on a message that is too long to be made one of the dialect"
	byHand          = "what is compressed within its frames by hand is not a message of the dialect"
	leavesLate      = "a peer may give up what it cannot write for a second, and without an echo nothing shows it earlier"
	leavesAmid      = "a server may end the connection over a message that is not whole, and without its echo nothing shows that it does so at the close frame"
	mayHaveMuch     = "a peer that is no echo may have that much to say of its own accord"
	clientMayFail   = "a client that fails the connection may be silent, and what shows that this one does not is an echo"
)

// aliveIn are the mutants that no case kills, by dialect, each with the reason. The
// role is that of the mutant; where there is none, it is both.
var aliveIn = map[string]map[string]string{
	"none": {
		"client/accept-length-top-bit":      clientMayFail,
		"client/refuse-split-header":        closesAtOnce,
		"client/refuse-takeover-answer":     closesAtOnce,
		"refuse-answer-window":              closesAtOnce,
		"refuse-response-choice":            closesAtOnce,
		"refuse-response-connection-list":   closesAtOnce,
		"refuse-response-reason":            closesAtOnce,
		"inflate-lost-at-ping":              closesOnMessage,
		"limit-on-wire":                     closesOnMessage,
		"server/inflate-lost-at-ping-fresh": closesOnMessage,
		"inflate-own-window":                closesOnMessage,
		"inflate-context-lost":              closesOnMessage,
		"inflate-context-lost-empty":        closesOnMessage,
		"inflate-context-lost-empty-last":   closesOnMessage,
		"inflate-fails-1010":                closesOnMessage,
		"inflate-context-lost-long":         closesOnMessage,
		"inflate-context-lost-plain":        closesOnMessage,
		"inflate-context-lost-at-ping":      closesOnMessage,
		"inflate-context-lost-past-ping":    closesOnMessage,
		"inflate-context-lost-crossing":     closesOnMessage,
		"inflate-context-lost-half":         closesOnMessage,
		"inflate-plain-fragments":           closesOnMessage,
		"refuse-text-at-pong":               closesOnMessage,
		"server/close-dropped-amid-many":    leavesAmid,
		"leave":                             closesOnMessage,
		"refuse-length-126":                 closesOnMessage,
		"refuse-length-65536":               closesOnMessage,
		"refuse-text-over-fragments":        closesOnMessage,
		"refuse-text-noncharacters":         closesOnMessage,
		"refuse-binary-not-utf8":            closesOnMessage,
		"refuse-empty-fragment":             closesOnMessage,
		"refuse-many-reads":                 closesOnMessage,
		"refuse-many-fragments":             closesOnMessage,
		"refuse-fragments-sum":              closesOnMessage,
		"refuse-control-within-long":        closesOnMessage,
		"leave-when-blocked":                leavesLate,
		"endless":                           mayHaveMuch,
	},
	"asks": {
		"client/accept-length-top-bit":          clientMayFail,
		"inflate-context-lost-empty":            closesOnOther,
		"inflate-context-lost-empty-last":       closesOnOther,
		"client/inflate-context-lost-long":      closesOnOther,
		"client/inflate-context-lost-at-ping":   closesOnOther,
		"client/inflate-context-lost-past-ping": closesOnOther,
		"inflate-plain-fragments":               closesOnOther,
		"server/close-dropped-amid-many":        leavesAmid,
		"inflate-lost-at-ping":                  byHand,
		"server/inflate-lost-at-ping-fresh":     byHand,
		"limit-on-wire":                         closesOnLong,
		"client/refuse-many-reads":              closesOnLong,
		"refuse-fragments-sum":                  closesOnLong,
		"refuse-control-within-long":            closesOnLong,
	},
}

// aliveVariable has the tests take all mutants and cases, and look for a case that
// kills those in aliveIn too. That takes minutes.
const aliveVariable = "WSCHECK_ALIVE"

func thorough() bool { return os.Getenv(aliveVariable) != "" }

// withoutEcho are the mutants whose clause does not depend on the echo.
func withoutEcho() []Subject {
	return slices.DeleteFunc(Subjects(), func(s Subject) bool {
		return strings.HasPrefix(string(s.Clause), "wscheck/echo-") || measurable(s)
	})
}

// heldIn are those of them that a case has to kill in a dialect.
func heldIn(name string) []Subject {
	excused := aliveIn[name]
	return slices.DeleteFunc(withoutEcho(), func(s Subject) bool { return excused[s.Name]+excused[s.String()] != "" })
}

// TestAliveIsDocumented holds the share that is found in each dialect, and the list of
// those that are not in the documentation.
func TestAliveIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/dialects.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]struct {
		title string
		least int // percent
	}{"none": {"`none`", 90}, "asks": {"an exchange", 96}} {
		share := 100 * len(heldIn(name)) / len(withoutEcho())
		if want := fmt.Sprintf("%s finds %d %%", d.title, share); share < d.least || !strings.Contains(string(text), want) {
			t.Errorf("docs/dialects.md does not say that %s, and at least %d are wanted", want, d.least)
		}
		byReason := map[string][]string{}
		for _, mutant := range slices.Sorted(maps.Keys(aliveIn[name])) {
			reason := aliveIn[name][mutant]
			byReason[reason] = append(byReason[reason], "`"+mutant+"`")
		}
		for reason, mutants := range byReason {
			if row := fmt.Sprintf("| %s | %s | %s |", d.title, strings.Join(mutants, ", "), reason); !strings.Contains(string(text), row+"\n") {
				t.Errorf("docs/dialects.md has no row\n%s", row)
			}
		}
	}
}

// TestDialects demands that a mutant whose clause does not depend on the echo dies in
// other dialects too, unless it is listed. It plays one in a dozen, and one in three dozens
// where WSCHECK_ALL is not set.
func TestDialects(t *testing.T) {
	few := 3 * sampled
	if testseeds.All() {
		few = sampled
	}
	asks, err := oracle.ParseDialect(testdialect.Asks)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*oracle.Dialect{oracle.DialectNone, asks} {
		t.Run(d.Name, func(t *testing.T) {
			var subjects []Subject
			for i, s := range heldIn(d.Name) {
				if thorough() || i%few == 0 {
					subjects = append(subjects, s)
				}
			}
			m, err := Run(t.Context(), &Config{Subjects: subjects, Sources: []Source{everyCase()}, Dialect: d, Short: true})
			if err != nil {
				t.Fatal(err)
			}
			for i := range m.Rows {
				if row := &m.Rows[i]; !row.Killed(m.Columns) {
					t.Errorf("%s is alive: no case finds that it breaks %s: %s", row.Subject, row.Clause, row.Text)
				}
			}
			checkExcused(t, d, aliveIn[d.Name])
		})
	}
}

// checkExcused reports those in a list that are no mutants, or are killed.
func checkExcused(t *testing.T, d *oracle.Dialect, excused map[string]string) {
	t.Helper()
	for name, reason := range excused {
		subjects, err := Select([]string{name})
		if err != nil || reason == "" {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !thorough() {
			continue
		}
		m, err := Run(t.Context(), &Config{Subjects: subjects, Sources: []Source{everyCase()}, Dialect: d, Short: true})
		if err != nil {
			t.Fatal(err)
		}
		for i := range m.Rows {
			if row := &m.Rows[i]; row.Killed(m.Columns) {
				t.Errorf("%s is listed, and %s kills it", row.Subject, &row.Cells[0])
			}
		}
	}
}

// TestDialectConforming demands that the endpoint without a fault passes in other
// dialects too.
func TestDialectConforming(t *testing.T) {
	asks, err := oracle.ParseDialect(testdialect.Asks)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*oracle.Dialect{oracle.DialectNone, asks} {
		p := player{dialect: d}
		for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
			peer := Endpoint(role, baseOptions())
			for i, cs := range everyCase().Cases(role.Peer()) {
				if !thorough() && i%sampled != 0 {
					continue
				}
				r, err := p.play(peer, cs)
				if err != nil {
					t.Fatal(err)
				}
				if slices.Contains([]oracle.Outcome{oracle.Violation, oracle.Inconclusive, oracle.Slow}, r.RFC.Outcome) {
					t.Errorf("%s in %s as the %v: %+v", cs.ID, d.Name, role, r.RFC)
				}
			}
		}
	}
}
