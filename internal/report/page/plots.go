package page

import (
	"html/template"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/oracle"
)

// plot is a figure of what a subsection of Autobahn's measures, a line for each
// agent.
type plot struct {
	Title string // of the subsection
	Unit  string // of the values
	X     []string
	Lines []plotLine
}

// plotLine is the values of an agent at each of plot.X; NaN where there is none.
type plotLine struct {
	Name   string
	Values []float64
}

// maxLines is how many agents a plot shows: more lines could not be distinguished.
const maxLines = 6

// plots returns the plots of sections 9, 12 and 13 that have values: octets or
// messages in a second, and how much the peer compresses.
func plots(r *report.Report, l *report.Layout, columns []int) []plot {
	columns = columns[:min(len(columns), maxLines)]
	var plots []plot
	for _, sub := range catalogue.Subcategories() {
		p := plot{Title: sub.ID + " " + sub.Name}
		for _, i := range columns {
			p.Lines = append(p.Lines, plotLine{Name: visible.Text(l.Agents[i].Name, 60)})
		}
		found := false
		for _, m := range measures()[sub.ID] {
			p.X, p.Unit = append(p.X, m.at), m.unit
			for n, i := range columns {
				value := math.NaN()
				if result := l.Agents[i].Results[m.id]; result != nil && !result.Failed(r.Judge) {
					value = m.value(result)
				}
				found = found || !math.IsNaN(value)
				p.Lines[n].Values = append(p.Lines[n].Values, value)
			}
		}
		if found {
			plots = append(plots, p)
		}
	}
	return plots
}

// measure is a case that measures something.
type measure struct {
	id, at, unit string
	value        func(*report.Result) float64 // NaN for none
}

// measures is the measures of each subsection. What a case sends is not in a
// report that was read, so it comes from the catalogue.
var measures = sync.OnceValue(func() map[string][]measure {
	all := map[string][]measure{}
	for _, c := range catalogue.Autobahn() {
		category, sub := c.Sections()
		if len(c.Script.Steps) == 0 {
			continue
		}
		step := &c.Script.Steps[0]
		m := measure{id: c.ID, at: sizeText(step.Payload.Size())}
		switch {
		case category.ID == "9" && step.Kind == oracle.StepEcho:
			m.unit, m.value = "messages in a second", perSecond(float64(step.Count))
		case category.ID == "9":
			m.unit, m.value = "MiB in a second", perSecond(float64(step.Payload.Size())/(1<<20))
			if part := max(step.Fragment, step.Chop); part > 0 {
				m.at = sizeText(part)
			}
		case (category.ID == "12" || category.ID == "13") && step.Fragment == 0:
			m.unit, m.value = "octets of payload for each octet of text", ratioOf
		default:
			continue
		}
		all[sub.ID] = append(all[sub.ID], m)
	}
	return all
})

func perSecond(amount float64) func(*report.Result) float64 {
	return func(r *report.Result) float64 {
		if r.Duration <= 0 {
			return math.NaN()
		}
		return amount / r.Duration.Seconds()
	}
}

// ratioOf is the compression ratio of what the peer sent.
func ratioOf(r *report.Result) float64 {
	if r.Record == nil || r.Record.Traffic == nil {
		return math.NaN()
	}
	ratio, ok := r.Record.Traffic.In.CompressionRatio()
	if !ok {
		return math.NaN()
	}
	return ratio
}

// sizeText is a number of octets for an axis.
func sizeText(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return strconv.Itoa(n>>20) + "M"
	case n >= 1<<10 && n%(1<<10) == 0:
		return strconv.Itoa(n>>10) + "K"
	}
	return strconv.Itoa(n)
}

// The measures of a plot, in units of its view box.
const (
	plotWidth  = 340
	plotHeight = 190
	plotLeft   = 44
	plotRight  = 330
	plotTop    = 12
	plotBottom = 164
)

// SVG draws the plot. The style sheet of the page gives the colors.
func (p *plot) SVG() template.HTML {
	top := 0.0
	for _, line := range p.Lines {
		for _, v := range line.Values {
			if !math.IsNaN(v) {
				top = max(top, v)
			}
		}
	}
	top = roundUp(top)
	m := new(markup)
	m.raw(`<svg class="plot" viewBox="0 0 `).num(plotWidth).raw(" ").num(plotHeight).raw(`" role="img" aria-label="`).text(p.summary()).raw(`">`)
	y := func(v float64) int { return plotBottom - int(math.Round(v/top*(plotBottom-plotTop))) }
	x := func(i int) int {
		return plotLeft + 8 + i*(plotRight-plotLeft-16)/max(len(p.X)-1, 1)
	}
	for i := range 3 {
		v := top * float64(i) / 2
		m.line("grid", plotLeft, y(v), plotRight, y(v))
		m.label("tick end", plotLeft-6, y(v)+4, axisText(v))
	}
	for i, at := range p.X {
		m.label("tick mid", x(i), plotBottom+16, at)
	}
	for n, line := range p.Lines {
		var points strings.Builder
		draw := func() {
			if points.Len() > 0 {
				m.raw(`<path class="p`).num(n).raw(`" d="M`).text(points.String()[1:]).raw(`"/>`)
			}
			points.Reset()
		}
		for i, v := range line.Values {
			if math.IsNaN(v) {
				draw()
				continue
			}
			points.WriteString("L" + strconv.Itoa(x(i)) + " " + strconv.Itoa(y(v)))
		}
		draw()
		for i, v := range line.Values {
			if !math.IsNaN(v) {
				m.raw(`<circle class="p`).num(n).raw(`" cx="`).num(x(i)).raw(`" cy="`).num(y(v)).raw(`" r="2.5"/>`)
			}
		}
	}
	m.raw("</svg>")
	return m.html()
}

// axisText is a value at an axis.
func axisText(v float64) string {
	if v >= 10_000 {
		return strconv.FormatFloat(v/1000, 'f', -1, 64) + "k"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// summary says what is in the plot, for those who do not see it.
func (p *plot) summary() string {
	var text strings.Builder
	text.WriteString(p.Title + ", " + p.Unit + " at " + strings.Join(p.X, ", "))
	for _, line := range p.Lines {
		text.WriteString("; " + line.Name + ":")
		for _, v := range line.Values {
			if math.IsNaN(v) {
				text.WriteString(" –")
			} else {
				text.WriteString(" " + strconv.FormatFloat(v, 'g', 3, 64))
			}
		}
	}
	return text.String()
}

// roundUp returns a number that is not below v, and short: 1, 2, 4 or 5 times a
// power of ten.
func roundUp(v float64) float64 {
	if v <= 0 || math.IsInf(v, 0) {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 4, 5} {
		if v <= f*unit {
			return f * unit
		}
	}
	return 10 * unit
}

func (m *markup) line(class constant, x1, y1, x2, y2 int) {
	m.raw(`<line class="`).raw(class).raw(`" x1="`).num(x1).raw(`" y1="`).num(y1)
	m.raw(`" x2="`).num(x2).raw(`" y2="`).num(y2).raw(`"/>`)
}

func (m *markup) label(class constant, x, y int, label string) {
	m.raw(`<text class="`).raw(class).raw(`" x="`).num(x).raw(`" y="`).num(y).raw(`">`).text(label).raw(`</text>`)
}

// markup builds the parts of a page that are too many for a template to be
// quick: html/template takes about a microsecond for every value. It is safe in
// the same way: what is not written in the source goes through text, which
// escapes it, because raw takes constants alone. Attributes are always quoted,
// and none holds a script, a style or an address from a peer.
type markup struct{ b strings.Builder }

// constant is markup that stands in the source: a string variable is not
// without a conversion.
type constant string

func (m *markup) raw(c constant) *markup { m.b.WriteString(string(c)); return m }

func (m *markup) num(n int) *markup { m.b.WriteString(strconv.Itoa(n)); return m }

// text appends t, escaped for content and for quoted attributes.
func (m *markup) text(t string) *markup {
	m.b.WriteString(template.HTMLEscapeString(t))
	return m
}

func (m *markup) html() template.HTML { return template.HTML(m.b.String()) }
