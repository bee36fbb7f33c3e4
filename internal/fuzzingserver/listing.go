package fuzzingserver

import (
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
)

// listing is the cases that are served, as drivers name them.
type listing struct {
	cases  []*catalogue.Case // the first has number 1
	byName map[string]int    // index into cases, by the full id and, if it is Autobahn's, by that without the prefix
}

func newListing(cases []*catalogue.Case) *listing {
	l := &listing{cases, make(map[string]int, 2*len(cases))}
	for i, c := range cases {
		l.byName[c.ID] = i
		l.byName[shortID(c)] = i
	}
	return l
}

// find returns the case that a query names. Where it has a number and an id, the
// number counts.
func (l *listing) find(q params) (*catalogue.Case, *refusal) {
	number, refusal := q.get("case")
	if refusal != nil {
		return nil, refusal
	}
	tuple, refusal := q.get("casetuple")
	if refusal != nil {
		return nil, refusal
	}
	switch {
	case number != "":
		n, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil || n < 1 || n > len(l.cases) {
			return nil, notFound("case: want a number from 1 to " + strconv.Itoa(len(l.cases)))
		}
		return l.cases[n-1], nil
	case tuple != "":
		i, ok := l.byName[strings.TrimSpace(tuple)]
		if !ok {
			return nil, notFound("casetuple: no case of that name is served")
		}
		return l.cases[i], nil
	}
	return nil, refused("case: it is missing: add case=N, or casetuple=1.2.3")
}

// shortID is the id of a case as drivers know it: "1.2.3", or in full for one
// that Autobahn|Testsuite does not have.
func shortID(c *catalogue.Case) string { return strings.TrimPrefix(c.ID, catalogue.AutobahnPrefix) }
