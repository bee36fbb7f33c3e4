package page

import (
	"html/template"
	"strconv"
	"strings"
)

// markup builds the parts of a page that are too many for a template to be
// quick: html/template takes about a microsecond for every value. It is safe in
// the same way: what is not written in the source goes through text, which
// escapes it, because raw takes constants alone. Attributes are always quoted,
// and there is none that holds a script, a style or an address from a peer.
type markup struct{ b strings.Builder }

// newMarkup returns markup with room for about so many octets.
func newMarkup(size int) *markup {
	m := &markup{}
	m.b.Grow(size)
	return m
}

// constant is markup that stands in the source: a string variable is none
// without a conversion.
type constant string

func (m *markup) raw(c constant) *markup { m.b.WriteString(string(c)); return m }

func (m *markup) num(n int) *markup { m.b.WriteString(strconv.Itoa(n)); return m }

// text appends t, escaped for content and for quoted attributes.
func (m *markup) text(t string) *markup {
	from := 0
	for i := range len(t) {
		var escaped string
		switch t[i] {
		case '<':
			escaped = "&lt;"
		case '>':
			escaped = "&gt;"
		case '&':
			escaped = "&amp;"
		case '"':
			escaped = "&#34;"
		case '\'':
			escaped = "&#39;"
		case 0:
			escaped = "\uFFFD"
		default:
			continue
		}
		m.b.WriteString(t[from:i])
		m.b.WriteString(escaped)
		from = i + 1
	}
	m.b.WriteString(t[from:])
	return m
}

func (m *markup) html() template.HTML { return template.HTML(m.b.String()) }
