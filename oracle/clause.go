package oracle

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/notation"
	"github.com/wscheck/wscheck/wsproto"
)

// Level is the strength of a requirement, in the words of RFC 2119.
type Level uint8

// The four levels that the clause table lists.
const (
	Must Level = iota
	MustNot
	Should
	ShouldNot
)

var levelNames = [...]string{"MUST", "MUST NOT", "SHOULD", "SHOULD NOT"}

// String returns the level as the RFCs write it.
func (l Level) String() string { return notation.Name(l, levelNames[:]) }

// Binding says whether breaking a clause of this level breaks conformance.
func (l Level) Binding() bool { return l == Must || l == MustNot }

// Binds is the set of roles that a clause binds: client, server, or both.
type Binds uint8

const (
	bindsClient Binds = 1 << iota
	bindsServer
	bindsBoth = bindsClient | bindsServer
)

// Role reports whether the clause speaks to an endpoint of that role.
func (b Binds) Role(r wsproto.Role) bool {
	if r == wsproto.Client {
		return b&bindsClient != 0
	}
	return b&bindsServer != 0
}

// String returns "client", "server" or "both".
func (b Binds) String() string {
	switch b {
	case bindsClient:
		return "client"
	case bindsServer:
		return "server"
	case bindsBoth:
		return "both"
	}
	return fmt.Sprintf("Binds(%d)", uint8(b))
}

// ClauseID names one requirement of an RFC, for example
// "rfc6455/5.5/control-fragmented": document, section, and a word or two. Ids
// are stable: they are written by hand and never follow from a position.
type ClauseID string

// Clause is one requirement of RFC 6455, RFC 7692, RFC 8441 or RFC 9113, or of the contract that
// the implementation under test has with wscheck.
type Clause struct {
	ID      ClauseID
	Level   Level
	Binds   Binds
	Section string // "RFC 6455 5.5"
	Text    string // what follows the level in one sentence of our own: "fragment a control frame."

	// Unseen is the reason why the other endpoint cannot see on the wire
	// whether the clause is kept, and empty where it can.
	Unseen string

	// SameAs names the clause at which this one is judged, reported and counted
	// where an RFC says the same thing in two places. Empty for most.
	SameAs ClauseID

	// Disputed says that the text can be argued both ways, as Note explains:
	// breaking the clause is Allowed, for any level.
	Disputed bool

	// Note explains where careful implementations are known to differ and what
	// both readings are. Empty for most.
	Note string

	breaking, want string // see broken and wanted
}

// String returns the requirement as a sentence without a subject: "MUST NOT
// fragment a control frame."
func (c *Clause) String() string { return c.Level.String() + " " + c.Text }

// Visible reports whether the other endpoint can see the clause being broken,
// and the clause is judged under this id.
func (c *Clause) Visible() bool { return c.Unseen == "" && c.SameAs == "" }

// Over returns the only carrier over which the clause can be broken, and HTTP1 for
// a clause of every WebSocket.
func (c *Clause) Over() Carrier {
	if strings.HasPrefix(string(c.ID), "rfc8441/") || strings.HasPrefix(string(c.ID), "rfc9113/") {
		return HTTP2
	}
	return HTTP1
}

// Fatal reports whether breaking the clause is a [Violation]; otherwise it is
// [Allowed].
func (c *Clause) Fatal() bool { return c.Level.Binding() && !c.Disputed }

// Broken returns what an endpoint does that breaks the clause, in a few words
// without a full stop: "a fragmented control frame is accepted", "masks a frame".
func (c *Clause) Broken() string {
	if c.breaking != "" {
		return c.breaking
	}
	text := strings.TrimSuffix(c.Text, ".")
	verb, rest, _ := strings.Cut(text, " ")
	if c.Level == MustNot || c.Level == ShouldNot {
		return strings.TrimSuffix(thirdPerson(verb)+" "+rest, " ")
	}
	for _, refusal := range refusing {
		if what, ok := strings.CutPrefix(text, refusal); ok {
			if strings.Contains(what, ", ") {
				what += ","
			}
			return what + " is accepted"
		}
	}
	if what, ok := strings.CutPrefix(text, "fail the connection where "); ok {
		return "keeps the connection where " + what
	}
	if what, ok := strings.CutPrefix(rest, "no "); ok {
		return thirdPerson(verb) + " " + article(what) + " " + what
	}
	text, _, _ = strings.Cut(text, ": ")
	text, _, _ = strings.Cut(text, ", unless ")
	for _, is := range []string{" that is ", " that are "} {
		if before, after, ok := strings.Cut(text, is); ok && verb == "send" {
			return strings.Replace(before, verb, "sends", 1) + is + "not " + after
		}
	}
	return "does not " + text
}

// refusing begins the text of a clause on what must not be accepted.
var refusing = []string{
	"fail the connection at once on ", "fail the connection on ", "end the connection on ",
	"close the connection on ", "refuse ", "decline ",
}

// conforming returns what a conforming peer does, as a noun phrase for Finding.Want.
func (c *Clause) conforming() string {
	text := strings.TrimSuffix(c.Text, ".")
	verb, rest, _ := strings.Cut(text, " ")
	prohibits := c.Level == MustNot || c.Level == ShouldNot
	switch {
	case c.want != "":
		return c.want
	case prohibits && verb == "send":
		_, what, _ := strings.Cut(rest, " ")
		return "no " + what
	case prohibits:
		return "a peer that does not " + text
	case verb == "refuse":
		return "an HTTP error"
	case strings.HasPrefix(text, "end the connection") && c.Over() == HTTP2:
		return "a GOAWAY frame or the end of the connection"
	case strings.HasPrefix(text, "fail the connection"), strings.HasPrefix(text, "end the connection"), strings.HasPrefix(text, "close the connection"):
		return "a close frame or the end of the connection"
	case verb == "send":
		return rest
	case strings.HasPrefix(text, "accept with "):
		return strings.TrimPrefix(text, "accept with ")
	}
	return "a peer that " + thirdPerson(verb) + " " + rest
}

// thirdPerson returns the form of a verb with "it": "closes" for "close".
func thirdPerson(verb string) string {
	for _, end := range []string{"s", "sh", "ch", "x", "o"} {
		if strings.HasSuffix(verb, end) {
			return verb + "es"
		}
	}
	if stem, ok := strings.CutSuffix(verb, "y"); ok && !strings.ContainsAny(stem[len(stem)-1:], "aeiou") {
		return stem + "ies"
	}
	return verb + "s"
}

func article(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "an"
	}
	return "a"
}

// clauseTable is the one source of what is judged, reported and counted. The files
// of the judge declare the clauses, each beside what judges it: see [newRule] and
// [unjudged].
var clauseTable []Clause

// By document and section: the rules, and their places by id.
var (
	clauseOrder []rule
	clauseIndex map[ClauseID]rule
)

// init runs once all files have declared their clauses.
func init() {
	clauseIndex = make(map[ClauseID]rule, len(clauseTable))
	for i := range clauseTable {
		clauseOrder = append(clauseOrder, rule(i))
		clauseIndex[clauseTable[i].ID] = rule(i)
	}
	slices.SortStableFunc(clauseOrder, func(a, b rule) int { return compareIDs(a.clause().ID, b.clause().ID) })
}

// compareIDs compares the documents and the numbers of the sections.
func compareIDs(a, b ClauseID) int {
	document := func(id ClauseID) (name, rest string) { name, rest, _ = strings.Cut(string(id), "/"); return }
	first, x := document(a)
	second, y := document(b)
	return cmp.Or(strings.Compare(first, second), slices.Compare(sectionNumbers(x), sectionNumbers(y)))
}

// sectionNumbers returns 5, 5 and 1 for "5.5.1/close-reply".
func sectionNumbers(id string) (numbers []int) {
	section, _, _ := strings.Cut(id, "/")
	for number := range strings.SplitSeq(section, ".") {
		n, _ := strconv.Atoi(number) // the contract has no sections
		numbers = append(numbers, n)
	}
	return numbers
}

// Clauses yields every clause of the table, by document and section. The clauses
// must not be changed.
func Clauses() iter.Seq[*Clause] {
	return func(yield func(*Clause) bool) {
		for _, r := range clauseOrder {
			if !yield(r.clause()) {
				return
			}
		}
	}
}

// Lookup returns the clause of that id, or nil where the table has none.
func Lookup(id ClauseID) *Clause {
	if r, ok := clauseIndex[id]; ok {
		return r.clause()
	}
	return nil
}

// clause makes a row of the table; its section is the one in the id.
func clause(id ClauseID, level Level, binds Binds, text string) Clause {
	return Clause{ID: id, Level: level, Binds: binds, Section: sectionOf(id), Text: text}
}

// sectionOf returns "RFC 6455 5.5" for "rfc6455/5.5/control-fragmented", and the
// name of the contract for its clauses.
func sectionOf(id ClauseID) string {
	document, rest, _ := strings.Cut(string(id), "/")
	number, isRFC := strings.CutPrefix(document, "rfc")
	if !isRFC {
		return document
	}
	section, _, _ := strings.Cut(rest, "/")
	return "RFC " + number + " " + section
}

// unseen marks a clause that the other endpoint cannot judge, and why.
func (c Clause) unseen(reason string) Clause {
	c.Unseen = reason
	return c
}

// sameAs marks a clause that is judged under another id.
func (c Clause) sameAs(id ClauseID) Clause {
	c.SameAs = id
	return c
}

// disputed marks a clause that can be read in two ways.
func (c Clause) disputed(note string) Clause {
	c.Disputed, c.Note = true, note
	return c
}

// noted adds an explanation.
func (c Clause) noted(note string) Clause {
	c.Note = note
	return c
}

// broken sets what [Clause.Broken] returns, where the text does not give it.
func (c Clause) broken(words string) Clause {
	c.breaking = words
	return c
}

// wanted sets what a conforming peer does, for the findings of the clause, where the
// text does not give it.
func (c Clause) wanted(what string) Clause {
	c.want = what
	return c
}

// rule is a visible clause as the judge names it: its position in the clause
// table. It is declared beside the guard that applies it.
type rule uint16

// noRule stands where no clause does.
const noRule rule = 1<<16 - 1

func (r rule) clause() *Clause { return &clauseTable[r] }

// want returns what a conforming peer does, for a finding.
func (r rule) want() string { return r.clause().conforming() }

// newRule adds a clause that is judged to the table.
func newRule(c Clause) rule {
	if !c.Visible() {
		panic("oracle: " + string(c.ID) + " is not judged under its own id")
	}
	return declare(c)
}

// unjudged adds clauses to the table that cannot be observed, or that are judged under
// another id.
func unjudged(clauses ...Clause) struct{} {
	for _, c := range clauses {
		if c.Visible() {
			panic("oracle: " + string(c.ID) + " has no rule")
		}
		declare(c)
	}
	return struct{}{}
}

func declare(c Clause) rule {
	if len(clauseTable) == 64*len(ruleSet{}) {
		panic("oracle: the clause table is longer than a ruleSet can hold")
	}
	clauseTable = append(clauseTable, c)
	return rule(len(clauseTable) - 1)
}

// ruleSet is a set of rules.
type ruleSet [8]uint64

func (s *ruleSet) add(r rule)      { s[r>>6] |= 1 << (r & 63) }
func (s *ruleSet) has(r rule) bool { return s[r>>6]&(1<<(r&63)) != 0 }

func (s *ruleSet) addAll(other *ruleSet) {
	for i := range s {
		s[i] |= other[i]
	}
}

// clauses returns the ids in the order of the table.
func (s *ruleSet) clauses() []ClauseID {
	var ids []ClauseID
	for _, r := range clauseOrder {
		if s.has(r) {
			ids = append(ids, r.clause().ID)
		}
	}
	return ids
}

func setOf(rules ...rule) (s ruleSet) {
	for _, r := range rules {
		s.add(r)
	}
	return s
}

// mostBinding returns the rules of the set that leave no choice, or all.
func mostBinding(rules []rule) []rule {
	fatal := func(r rule) bool { return r.clause().Fatal() }
	if !slices.ContainsFunc(rules, fatal) {
		return rules
	}
	return slices.DeleteFunc(rules, func(r rule) bool { return !fatal(r) })
}
