package web

import (
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
)

// shortID is the id by which people know a case: Autobahn's own for its cases.
func shortID(c *catalogue.Case) string {
	return strings.TrimPrefix(c.ID, catalogue.AutobahnPrefix)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
