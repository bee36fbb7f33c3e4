package report

import (
	"html/template"
	"unicode/utf8"
)

// The measures of a diagram, in units of its view box.
const (
	diagramWidth = 860
	leftLine     = 184
	rightLine    = 760
	middle       = (leftLine + rightLine) / 2
	clock        = leftLine - 76 // where the time of an item ends
	topMargin    = 30
	arrowPitch   = 36
	otherPitch   = 28
	headSize     = 10 // of an arrow
	glyphWidth   = 7  // of the page's font, on average
)

// SVG draws the diagram. It stands inline in its page, whose style sheet gives
// the colors.
func (d *diagram) SVG() template.HTML {
	m := newMarkup(1024 + len(d.Items)*320)
	m.raw(`<svg class="seq" viewBox="0 0 `).num(diagramWidth).raw(" ").num(d.Height)
	m.raw(`" role="img" aria-labelledby="seq-t seq-d"><title id="seq-t">Sequence diagram of the conversation</title><desc id="seq-d">`)
	m.text(d.Summary).raw(`</desc>`)
	for _, end := range []struct {
		x    int
		name string
	}{{leftLine, d.Us}, {rightLine, d.Peer}} {
		m.raw(`<text class="name" x="`).num(end.x).raw(`" y="18">`).text(end.name).raw(`</text>`)
		m.line("life", end.x, 28, end.x, d.Bottom)
	}
	for i := range d.Items {
		m.item(&d.Items[i])
	}
	m.raw("</svg>")
	return m.html()
}

func (m *markup) line(class string, x1, y1, x2, y2 int) {
	m.raw(`<line class="`).text(class).raw(`" x1="`).num(x1).raw(`" y1="`).num(y1)
	m.raw(`" x2="`).num(x2).raw(`" y2="`).num(y2).raw(`"/>`)
}

func (m *markup) label(class string, x, y int, label string) {
	m.raw(`<text class="`).text(class).raw(`" x="`).num(x).raw(`" y="`).num(y).raw(`">`).text(label).raw(`</text>`)
}

// item draws one item; item.Y is its middle.
func (m *markup) item(item *diagramItem) {
	above, tall := item.Y-otherPitch+10, otherPitch
	if item.Kind == "arrow" {
		above, tall = item.Y-arrowPitch+10, arrowPitch
	}
	if item.Hit != "" {
		m.raw(`<rect class="hit h-`).text(string(item.Hit)).raw(`" x="0" y="`).num(above).raw(`" width="`).num(diagramWidth)
		m.raw(`" height="`).num(tall).raw(`"/>`)
	}
	switch item.Kind {
	case "arrow":
		m.raw("\n<g class=\"arrow ").text(item.Class).raw(`">`)
		m.label("at", clock, item.Y+4, item.At)
		m.label("lab mid", middle, item.Y-6, item.Label)
		m.line("shaft", leftLine+3, item.Y, rightLine-3, item.Y)
		m.head(item)
		m.raw("</g>")
	case "note":
		width := glyphWidth*utf8.RuneCountInString(item.Label) + 28
		m.raw("\n<g>")
		m.label("at", clock, item.Y+1, item.At)
		m.raw(`<rect class="pill `).text(string(item.Tone)).raw(`" x="`).num(middle - width/2)
		m.raw(`" y="`).num(item.Y - 13).raw(`" width="`).num(width).raw(`" height="20" rx="10"/>`)
		m.label("soft", middle, item.Y+1, item.Label)
		m.raw("</g>")
	default: // a pause, or items that are left out
		m.raw("\n<g>")
		for _, x := range []int{leftLine, rightLine} {
			m.line("wait", x, above, x, above+tall)
		}
		m.label("soft", middle, item.Y+1, item.Label)
		m.raw("</g>")
	}
}

// head draws the head of an arrow at the lifeline where it ends: a triangle, or
// a cross where the connection is reset.
func (m *markup) head(item *diagramItem) {
	x, back := leftLine+1, 1
	if item.Sent {
		x, back = rightLine-1, -1
	}
	if item.Broken {
		const arm = headSize / 2
		m.raw(`<path class="cross" d="M`).num(x + back*headSize - arm).raw(" ").num(item.Y - arm)
		m.raw(`l10 10m0-10l-10 10"/>`)
		return
	}
	m.raw(`<path d="M`).num(x).raw(" ").num(item.Y).raw("l").num(back * headSize).raw(`-5v10z"/>`)
}
