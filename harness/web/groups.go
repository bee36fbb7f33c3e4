package web

import (
	"strings"

	"github.com/wscheck/wscheck/harness/catalogue"
)

// groupOf returns the part of the suite that a case belongs to, without cases:
// a category of Autobahn's, a top-level section of an RFC, or what its id begins
// with.
func groupOf(c *catalogue.Case) group {
	if category, _ := c.Sections(); category.ID != "" {
		return group{ID: category.ID, Name: category.Name}
	}
	document, rest, _ := strings.Cut(c.ID, "/")
	number, ok := strings.CutPrefix(document, "rfc")
	if !ok {
		return group{ID: document, Name: strings.ToUpper(document[:1]) + document[1:]}
	}
	section, _, _ := strings.Cut(rest, "/")
	section, _, _ = strings.Cut(section, ".")
	return group{ID: document + "/" + section, Name: "RFC " + number + ", section " + section}
}

// shortID is the id by which people know a case: Autobahn's own for its cases.
func shortID(c *catalogue.Case) string {
	return strings.TrimPrefix(c.ID, catalogue.AutobahnPrefix)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
