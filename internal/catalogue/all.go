package catalogue

import (
	"slices"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/wsproto"
)

// ownCases are the cases beyond Autobahn's, by section of RFC 6455; within one,
// in the order of the tables.
var ownCases = sync.OnceValue(func() []*Case {
	return compileAll("6455",
		requestLine, requestFieldForms, extraFields, keysAndVersions, offers, requestWire,
		statusLines, responseFields, addresses,
		masking, headers, lengths, fragments, controls, closes, messages,
		endings, closeCodeSweep, utf8Boundaries, subtleFaults,
		pieces, contents, takenCloses, bunchedKeys,
		stalls, bursts, crossings, idlePings, toils, toilsOfRequest, keptMessages, sideBySide)
})

// documents are what the cases are about, in order of execution, by what their ids begin with.
var documents = [...]struct {
	name  string
	cases func() []*Case
}{
	{strings.TrimSuffix(AutobahnPrefix, "/"), Autobahn},
	{RFCPrefix + "6455", ownCases},
	{RFCPrefix + "7692", sync.OnceValue(func() []*Case { return amid(deflateCases(), subtleDeflate()) })},
}

// All returns every case of the suite in order of execution: those of
// Autobahn|Testsuite first, then those about RFC 6455 that it does not have, by
// section, and those about RFC 7692. The slice is the caller's; the cases are
// shared and must not be changed.
func All() []*Case { return about(func(string) bool { return true }) }

// about returns the cases of some documents. It makes none of another.
func about(document func(name string) bool) []*Case {
	var made sync.WaitGroup
	var parts [len(documents)][]*Case
	for i, d := range documents {
		if document(d.name) {
			made.Go(func() { parts[i] = d.cases() })
		}
	}
	made.Wait()
	return slices.Concat(parts[:]...)
}

// ownByID has the cases that Autobahn|Testsuite does not have.
var ownByID = sync.OnceValue(func() map[string]*Case {
	byID := map[string]*Case{}
	for _, c := range slices.Concat(ownCases(), deflateCases()) {
		byID[c.ID] = c
	}
	return byID
})

// Own returns the case of that id, and nil for an id of Autobahn|Testsuite or of no case. The
// case is shared and must not be changed.
func Own(id string) *Case { return ownByID()[id] }

// For returns the cases of [All] that our side plays in that role: those for
// wsproto.Client test servers, those for wsproto.Server test clients.
func For(role wsproto.Role) []*Case { return played(role, All()) }

// Among returns those of [For] that the patterns of the command line can select, and others of
// the same documents; a nil list selects all. Where it has few, it is faster.
func Among(role wsproto.Role, patterns []string) []*Case {
	if patterns == nil {
		return For(role)
	}
	return played(role, about(func(document string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { return reaches(p, document) })
	}))
}

// reaches reports whether a pattern may be about a case of a document.
func reaches(pattern, document string) bool {
	begin, _, full := strings.Cut(pattern, "/")
	switch {
	case pattern == "*":
		return true
	case !full:
		return document == documents[0].name
	}
	isPlain := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }
	return begin == document || strings.ContainsFunc(begin, func(r rune) bool { return !isPlain(r) })
}

func played(role wsproto.Role, cases []*Case) []*Case {
	return slices.DeleteFunc(cases, func(c *Case) bool { return !c.Roles.Has(role) })
}
