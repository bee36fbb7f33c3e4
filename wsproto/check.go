package wsproto

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/problem"
)

// checker collects problems: of each kind the first alone, so that a flood of
// fields makes no flood of problems.
type checker struct {
	problems []Problem
}

func (c *checker) add(kind ProblemKind, format string, args ...any) {
	if !slices.ContainsFunc(c.problems, func(p Problem) bool { return p.Kind == kind }) {
		c.problems = append(c.problems, Problem{kind, fmt.Sprintf(format, args...)})
	}
}

// message checks what requests and responses have in common with all of
// HTTP/1: line endings and the syntax of fields. The raw parts are empty in a
// message that was not parsed.
func (c *checker) message(rawLine string, fields Fields, rawEnd string) {
	if strings.HasPrefix(rawLine, "\r") || strings.HasPrefix(rawLine, "\n") {
		c.add(problem.StartLine, "an empty line before the start line")
	}
	if hasBareLF(rawLine) {
		c.add(problem.LineEnding, "the start line ends with LF, without CR")
	}
	for _, f := range fields {
		c.field(f)
	}
	if hasBareLF(rawEnd) {
		c.add(problem.LineEnding, "the empty line after the fields ends with LF, without CR")
	}
}

func (c *checker) field(f Field) {
	switch {
	case f.Name == "":
		c.add(problem.FieldName, "no name and colon in the line %s", quote(f.Value))
	case !IsToken(f.Name):
		c.add(problem.FieldName, "the name %s is not a token", quote(f.Name))
	}
	if i := strings.IndexFunc(f.Value, isControl); i >= 0 {
		c.add(problem.FieldValue, "octet %#02x in the value of %s", f.Value[i], quote(f.Name))
	}
	if strings.Contains(strings.TrimSuffix(f.Raw, "\n"), "\n") {
		c.add(problem.FieldFolded, "the value of %s goes over several lines", quote(f.Name))
	}
	if hasBareLF(f.Raw) {
		c.add(problem.LineEnding, "a line of %s ends with LF, without CR", quote(f.Name))
	}
}

// upgrade checks for an Upgrade field and a Connection field that covers it. In
// a request other protocols may be named too; in a response, the Upgrade value
// is to be "websocket" and no other.
func (c *checker) upgrade(fields Fields, others bool) {
	isWebSocket := func(token string) bool { return equalFold(token, "websocket") }
	tokens := fields.Tokens("Upgrade")
	switch _, n := fields.Get("Upgrade"); {
	case n == 0:
		c.add(problem.UpgradeMissing, "no Upgrade field")
	case !slices.ContainsFunc(tokens, isWebSocket):
		c.add(problem.UpgradeToken, "want websocket, got %s", quoteAll(tokens))
	case !others && slices.ContainsFunc(tokens, func(t string) bool { return !isWebSocket(t) }):
		c.add(problem.UpgradeToken, "want websocket alone, got %s", quoteAll(tokens))
	}
	tokens = fields.Tokens("Connection")
	switch _, n := fields.Get("Connection"); {
	case n == 0:
		c.add(problem.ConnectionMissing, "no Connection field")
	case !slices.ContainsFunc(tokens, func(t string) bool { return equalFold(t, "Upgrade") }):
		c.add(problem.ConnectionToken, "want Upgrade in the list, got %s", quoteAll(tokens))
	}
}

// extensions returns what the Sec-WebSocket-Extensions fields list.
func (c *checker) extensions(fields Fields) []Extension {
	values := fields.Values("Sec-WebSocket-Extensions")
	extensions, err := ParseExtensions(values)
	switch {
	case err != nil:
		c.add(problem.ExtensionSyntax, "%v", err)
	case len(values) > 0 && len(extensions) == 0:
		c.add(problem.ExtensionEmpty, "no extension in the list")
	}
	return extensions
}

// parseProto reads an HTTP version, which has one digit on either side of the
// point (RFC 9112 2.3).
func parseProto(s string) (major, minor int, ok bool) {
	const form = "HTTP/1.1"
	if len(s) != len(form) || s[:5] != form[:5] || s[6] != '.' || !isDigit(s[5]) || !isDigit(s[7]) {
		return 0, 0, false
	}
	return int(s[5] - '0'), int(s[7] - '0'), true
}

// proto checks that an HTTP version is at least 1.1.
func (c *checker) proto(kind ProblemKind, s string) {
	major, minor, ok := parseProto(s)
	switch {
	case !ok:
		c.add(kind, "want HTTP/1.1, got %s", quote(s))
	case major < 1 || major == 1 && minor < 1:
		c.add(kind, "want at least HTTP/1.1, got %s", s)
	}
}

// hasBareLF reports whether there is an LF in s without a CR before it.
func hasBareLF(s string) bool {
	return strings.Count(s, "\n") > strings.Count(s, "\r\n")
}

// isControl reports whether r is a control character that no field value may
// have (RFC 9110 5.5). Octets from 0x80 on are allowed.
func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// quote shows what a peer sent, escaped and elided.
func quote(s string) string {
	if s == "" {
		return `""`
	}
	return showText([]byte(s), false)
}

// quoteAll shows the elements of a list, as many as fit.
func quoteAll(tokens []string) string {
	if len(tokens) == 0 {
		return "nothing"
	}
	return quote(strings.Join(tokens, ", "))
}

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
