package wsproto

import (
	"fmt"

	"github.com/wscheck/wscheck/internal/problem"
)

// Problem is a place where an opening handshake breaks a rule.
type Problem struct {
	Kind ProblemKind
	// Detail is what was wanted or found, for people: elided, and with whatever
	// the peer sent escaped.
	Detail string
}

// String returns the kind, the detail and the section: "key-length: want 16
// octets, got 15 (RFC 6455 4.1)".
func (p Problem) String() string {
	return fmt.Sprintf("%v: %s (%s)", p.Kind, p.Detail, p.Kind.Section())
}

// ProblemKind is a rule of the opening handshake. Its String is the stable name
// of the rule, in lower case with hyphens, as "key-length"; its Section is where
// the rule stands: "RFC 6455 4.1", or several places separated by commas.
type ProblemKind = problem.Kind
