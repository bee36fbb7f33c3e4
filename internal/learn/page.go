package learn

import (
	"bytes"
	_ "embed"
	"html/template"
	"strings"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("machine").Parse(pageText))

// HTML returns the machine as a page with a picture and a table. It needs nothing
// from elsewhere. title is the peer's name, and notes are lines to add; they may
// hold anything that a peer says.
func (m *Machine) HTML(title string, notes []string) ([]byte, error) {
	type row struct {
		Input, Does string
		Cells       []Edge
	}
	data := struct {
		Title   string
		Machine *Machine
		Notes   []string
		States  []string
		Rows    []row
		Picture picture
	}{Title: title, Machine: m, Notes: notes, Picture: m.picture()}
	for i, s := range m.States {
		data.States = append(data.States, m.title(i, s))
	}
	for in, name := range m.Inputs {
		r := row{Input: name, Does: Named(name).Does}
		for i, s := range m.States {
			e := s.Edges[in]
			if to := e.where(i); to != "" {
				e.Output += " → " + to
			}
			r.Cells = append(r.Cells, e)
		}
		data.Rows = append(data.Rows, r)
	}
	var b bytes.Buffer
	err := page.Execute(&b, data)
	return b.Bytes(), err
}

// Measures of the picture, in pixels.
const (
	columnWidth = 260
	rowHeight   = 130
	boxWidth    = 120
	boxHeight   = 44
	margin      = 60
	lineHeight  = 13
	labelRunes  = 34
	labelLines  = 3
	maxDrawn    = 40 // states
)

// picture is the machine with the states that are as far from the start as each
// other in one column.
type picture struct {
	Width, Height int
	Boxes         []box
	Lines         []line
	Left          int // states that are not drawn
}

type box struct {
	X, Y, W, H   int
	Name, Title  string
	TextX, TextY int
}

// line is an arrow between two states: a curve with three points, and its label.
type line struct {
	X1, Y1, CX, CY, X2, Y2 int
	Label                  []label
	Title                  string
}

type label struct {
	X, Y int
	Text string
}

// picture lays out the states. The ends are not drawn: nearly every input of every
// state leads there, and the table has them.
func (m *Machine) picture() (p picture) {
	var inColumn []int
	boxes := map[int]box{}
	for i, s := range m.States {
		if i == maxDrawn {
			p.Left = len(m.States) - i
			break
		}
		column := len(s.Access)
		for len(inColumn) <= column {
			inColumn = append(inColumn, 0)
		}
		b := box{
			X: margin + column*columnWidth, Y: margin + inColumn[column]*rowHeight, W: boxWidth, H: boxHeight,
			Name: place(i)[1:], Title: m.title(i, s),
		}
		if i == 0 {
			b.Name = "open"
		}
		inColumn[column]++
		b.TextX, b.TextY = b.X+b.W/2, b.Y+b.H/2+5
		boxes[i] = b
		p.Boxes = append(p.Boxes, b)
		p.Width, p.Height = max(p.Width, b.X+b.W+margin+columnWidth/2), max(p.Height, b.Y+b.H+margin+rowHeight/2)
	}
	merged := map[[2]int][]string{}
	var order [][2]int
	for _, a := range m.arrows() {
		key := [2]int{a.from, a.to}
		if _, drawn := boxes[a.from]; !drawn || a.to < 0 || a.to >= len(boxes) {
			continue
		}
		if merged[key] == nil {
			order = append(order, key)
		}
		merged[key] = append(merged[key], a.label())
	}
	for _, key := range order {
		p.Lines = append(p.Lines, between(boxes[key[0]], boxes[key[1]], merged[key]))
	}
	return p
}

// between draws the arrows from one box to another, or to itself, as one line.
func between(a, b box, labels []string) (l line) {
	l.Title = strings.Join(labels, "\n")
	columns := max(a.X-b.X, b.X-a.X) / columnWidth
	bend := 36 + 90*max(0, columns-1) // round the boxes in between
	switch {
	case a.X == b.X && a.Y == b.Y:
		l.X1, l.Y1 = a.X+a.W/4, a.Y+a.H
		l.X2, l.Y2 = a.X+3*a.W/4, a.Y+a.H
		l.CX, l.CY = a.X+a.W/2, a.Y+a.H+40
	case a.X < b.X: // forward: above
		l.X1, l.Y1 = a.X+a.W, a.Y+a.H/3
		l.X2, l.Y2 = b.X, b.Y+b.H/3
		l.CX, l.CY = (l.X1+l.X2)/2, (l.Y1+l.Y2)/2-bend
	case a.X > b.X: // back: below
		l.X1, l.Y1 = a.X, a.Y+2*a.H/3
		l.X2, l.Y2 = b.X+b.W, b.Y+2*b.H/3
		l.CX, l.CY = (l.X1+l.X2)/2, (l.Y1+l.Y2)/2+bend
	default: // in one column: on the right
		l.X1, l.Y1 = a.X+a.W, a.Y+a.H/2
		l.X2, l.Y2 = b.X+b.W, b.Y+b.H/2
		l.CX, l.CY = a.X+a.W+60, (l.Y1+l.Y2)/2
	}
	at := (l.Y1+2*l.CY+l.Y2)/4 + lineHeight // below the middle of the curve
	if a.X < b.X {
		at -= 2*lineHeight + (min(len(labels), labelLines)-1)*lineHeight
	}
	for i, text := range labels {
		if i == labelLines {
			text = "…"
		} else if r := []rune(text); len(r) > labelRunes {
			text = string(r[:labelRunes]) + "…"
		}
		l.Label = append(l.Label, label{l.CX, at + i*lineHeight, text})
		if i == labelLines {
			break
		}
	}
	return l
}
