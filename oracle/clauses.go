package oracle

import (
	"iter"
	"slices"
	"strings"
)

// clauseTable is the one source of what is judged, reported and counted. Rows
// stand in the order of their RFC.
var clauseTable = slices.Concat(
	openingClauses,
	framingClauses,
	closingClauses,
	negotiationClauses,
	deflateClauses,
	http2Clauses,
	contractClauses,
)

// clauseIndex holds the position in clauseTable by id.
var clauseIndex = func() map[ClauseID]int {
	index := make(map[ClauseID]int, len(clauseTable))
	for i := range clauseTable {
		index[clauseTable[i].ID] = i
	}
	return index
}()

// Clauses yields every clause of the table, by document and section. They are
// the table's own: not to be changed.
func Clauses() iter.Seq[*Clause] {
	return func(yield func(*Clause) bool) {
		for i := range clauseTable {
			if !yield(&clauseTable[i]) {
				return
			}
		}
	}
}

// Lookup returns the clause of that id, or nil where the table has none.
func Lookup(id ClauseID) *Clause {
	if i, ok := clauseIndex[id]; ok {
		return &clauseTable[i]
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
