package report

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

// drawLog is the wire log as a table.
func drawLog(lines []logLine, last string) template.HTML {
	m := newMarkup(512 + len(lines)*320)
	m.raw(`<table class="log"><thead><tr><th class="at">ms</th><th>what</th><th>octets and frames</th></tr></thead>`)
	for i := range lines {
		m.logLine(&lines[i])
	}
	if len(lines) == 0 {
		m.raw(`<tr class="gap"><td></td><td colspan="2">no connection was made</td></tr>`)
	}
	if last != "" {
		m.raw(`<tr class="event"><td class="at"></td><td colspan="2">`).text(last).raw(`</td></tr>`)
	}
	m.raw("</table>")
	return m.html()
}

func (m *markup) logLine(l *logLine) {
	m.raw("\n")
	switch l.Kind {
	case "gap":
		m.raw(`<tr class="gap"><td></td><td colspan="2">⋮ `).text(l.Text).raw(`</td></tr>`)
		return
	case "event":
		m.raw(`<tr class="event `).text(string(l.Tone))
	default:
		m.raw(`<tr class="`).text(l.Kind)
	}
	if l.Hit != "" {
		m.raw(` hit h-`).text(string(l.Hit))
	}
	m.raw(`" id="e`).num(l.Event).raw(`"><td class="at">`).text(l.At).raw(`</td><td`)
	if l.Kind == "event" {
		m.raw(` colspan="2">`).text(l.Text)
		if l.Dump != "" {
			m.raw(`<details><summary>output</summary><pre class="wrap">`).text(l.Dump).raw(`</pre></details>`)
		}
		m.raw(`</td></tr>`)
		return
	}
	m.raw(` class="dir">`)
	if l.Kind == "tx" {
		m.raw(`→ sent `)
	} else {
		m.raw(`← received `)
	}
	m.text(l.Text)
	if l.Sync {
		m.raw(`, apart`)
	}
	m.raw(`</td><td>`)
	for _, f := range l.Frames {
		m.raw(`<span class="fr">`).text(f).raw(`</span>`)
	}
	if l.Dump != "" {
		m.raw(`<details><summary>`).text(l.Hex).raw(`</summary><pre>`).text(l.Dump).raw(`</pre></details>`)
	} else {
		m.raw(`<span class="hex">`).text(l.Hex).raw(`</span>`)
	}
	m.raw(`</td></tr>`)
}

// drawStats is tables of counts, beside each other.
func drawStats(tables []statsTable) template.HTML {
	m := newMarkup(4096)
	for i := range tables {
		t := &tables[i]
		m.raw(`<div><h3>`).text(t.Title).raw(`</h3><table><thead><tr>`)
		for _, c := range t.Columns {
			m.raw(`<th class="num">`).text(c).raw(`</th>`)
		}
		m.raw(`</tr></thead>`)
		for j := range t.Rows {
			m.raw("\n<tr")
			if t.Rows[j].Total {
				m.raw(` class="total"`)
			}
			m.raw(`>`)
			for _, c := range t.Rows[j].Cells {
				m.raw(`<td class="num">`).text(c).raw(`</td>`)
			}
			m.raw(`</tr>`)
		}
		m.raw("</table></div>\n")
	}
	return m.html()
}

// drawClosing is the rows of the table of the closing behavior.
func drawClosing(rows []closingRow) template.HTML {
	m := newMarkup(4096)
	for i := range rows {
		m.raw("\n<tr><td><code>").text(rows[i].Key).raw(`</code></td><td>`).text(rows[i].Value)
		m.raw(`</td><td>`).text(rows[i].Meaning).raw(`</td></tr>`)
	}
	return m.html()
}
