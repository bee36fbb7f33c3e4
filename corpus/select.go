package corpus

import (
	"path"
	"slices"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Query picks entries. Its zero value picks all; what is set has to hold all
// together.
type Query struct {
	// Rule is a clause that is among an entry's, or a pattern in which * stands
	// for anything but a slash: "rfc6455/5.5/*".
	Rule string

	Role     string // "client" or "server": the role that our side plays
	Feature  string // one that the entry needs
	Advisory string // a published flaw
}

// Select returns the entries that a query picks, in their order. It fails for a
// rule that picks no clause, and for an unknown role or feature.
func Select(entries []*Entry, q Query) ([]*Entry, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	var picked []*Entry
	for _, e := range entries {
		if q.picks(e) {
			picked = append(picked, e)
		}
	}
	return picked, nil
}

func (q *Query) check() error {
	if q.Role != "" {
		if _, err := wsproto.ParseRole(q.Role); err != nil {
			return err
		}
	}
	if q.Feature != "" && !slices.Contains(Features(), q.Feature) {
		return &QueryError{"feature", q.Feature}
	}
	if q.Rule == "" {
		return nil
	}
	for c := range oracle.Clauses() {
		if q.matches(c.ID) {
			return nil
		}
	}
	return &QueryError{"clause", q.Rule}
}

// QueryError says that what a [Query] asks for does not exist.
type QueryError struct {
	Kind, Value string
}

// Error names what does not exist.
func (e *QueryError) Error() string { return "there is no " + e.Kind + " " + e.Value }

func (q *Query) matches(id oracle.ClauseID) bool {
	ok, err := path.Match(q.Rule, string(id))
	return ok && err == nil
}

func (q *Query) picks(e *Entry) bool {
	return (q.Rule == "" || slices.ContainsFunc(e.Rules, q.matches)) &&
		(q.Role == "" || q.Role == e.Role.String()) &&
		(q.Feature == "" || slices.Contains(e.Features, q.Feature)) &&
		(q.Advisory == "" || slices.Contains(e.Advisory, q.Advisory))
}
