package catalogue

import (
	"slices"
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

// All returns every case of the suite in order of execution: those of
// Autobahn|Testsuite first, then those about RFC 6455 that it does not have, by
// section, and those about RFC 7692. The slice is the caller's; the cases are
// shared and must not be changed.
func All() []*Case {
	var made sync.WaitGroup
	for _, group := range []func() []*Case{Autobahn, ownCases, deflateCases} {
		made.Go(func() { group() }) // it makes them once
	}
	made.Wait()
	return slices.Concat(Autobahn(), ownCases(), amid(deflateCases(), subtleDeflate()))
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
func For(role wsproto.Role) []*Case {
	return slices.DeleteFunc(All(), func(c *Case) bool { return !c.Roles.Has(role) })
}
