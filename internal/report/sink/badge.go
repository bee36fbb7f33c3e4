package sink

import (
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
)

// WriteBadge writes a badge in SVG that says how many cases pass, for a README:
// of all agents together, by the report's judge.
func WriteBadge(w io.Writer, r *report.Report) error {
	text, color := badge(r)
	const pad, perChar, height = 6, 7, 20
	left := 2*pad + perChar*len("wscheck")
	right := 2*pad + perChar*len(text)
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" role="img" aria-label="wscheck: %[3]s">
<title>wscheck: %[3]s</title>
<rect width="%[1]d" height="%[2]d" rx="3" fill="#555"/>
<rect x="%[4]d" width="%[5]d" height="%[2]d" rx="3" fill="%[6]s"/>
<rect x="%[4]d" width="4" height="%[2]d" fill="%[6]s"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
<text x="%[7]d" y="14" textLength="%[8]d">wscheck</text>
<text x="%[9]d" y="14" textLength="%[10]d">%[3]s</text>
</g>
</svg>
`, left+right, height, html.EscapeString(text), left, right, color,
		left/2, left-2*pad, left+right/2, right-2*pad)
	return err
}

// badge returns what a badge says, in ASCII, and its color.
func badge(r *report.Report) (text, color string) {
	var all report.Counts
	absent := len(r.Agents) == 0
	for _, agent := range r.Agents {
		c := r.Count(agent)
		all.Cases += c.Cases
		all.Clean += c.Clean
		all.Noted += c.Noted
		all.Known += c.Known
		all.Failed += c.Failed
		all.Missing += c.Missing
		absent = absent || agent.Unreachable != ""
	}
	ran := all.Cases - all.Missing
	text = fmt.Sprintf("%s of %s pass", plural.Decimal(ran-all.Failed-all.Known), plural.Decimal(ran))
	switch {
	case absent:
		return "not reachable", "#9f9f9f"
	case ran == 0:
		return "no case ran", "#9f9f9f"
	case r.Failed():
		return text, "#c0392b"
	case all.Known > 0 || r.Stopped != "":
		return text, "#a86400"
	}
	return text, "#2e7d32"
}

// WriteHistory writes a small plot in SVG of how many cases failed in each of several
// reports, from the earliest to the latest, by the judge of each.
func WriteHistory(w io.Writer, reports []*report.Report) error {
	reports = slices.Clone(reports)
	slices.SortStableFunc(reports, func(a, b *report.Report) int { return a.Started.Compare(b.Started) })
	const width, height, left, right, top, bottom = 480, 160, 48, 16, 28, 24
	most := 1
	failed, titles := make([]int, len(reports)), make([]string, len(reports))
	for i, r := range reports {
		ran := 0
		for _, agent := range r.Agents {
			c := r.Count(agent)
			failed[i] += c.Failed
			ran += c.Cases - c.Missing
		}
		most = max(most, failed[i])
		titles[i] = fmt.Sprintf("%s: %s of %s failed", r.Started.UTC().Format(time.DateOnly), plural.Decimal(failed[i]), plural.Of(ran, "case"))
	}
	x := func(i int) int {
		if len(reports) == 1 {
			return left + (width-left-right)/2
		}
		return left + i*(width-left-right)/(len(reports)-1)
	}
	y := func(n int) int { return height - bottom - n*(height-top-bottom)/most }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" role="img" aria-label="cases that failed, by report">
<rect width="100%%" height="100%%" fill="#fff"/>
<g font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" fill="#333">
<text x="%d" y="16">cases that failed</text>
`, width, height, left)
	for _, n := range []int{0, most} {
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%d" y2="%[3]d" stroke="#ccc"/><text x="%[4]d" y="%[5]d" text-anchor="end">%[6]s</text>`+"\n",
			left, width-right, y(n), left-6, y(n)+4, plural.Decimal(n))
	}
	if len(reports) > 0 {
		first, last := reports[0].Started, reports[len(reports)-1].Started
		fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text><text x="%d" y="%[2]d" text-anchor="end">%[5]s</text>`+"\n",
			left, height-6, first.UTC().Format(time.DateOnly), width-right, last.UTC().Format(time.DateOnly))
	}
	b.WriteString("</g>\n<polyline fill=\"none\" stroke=\"#c0392b\" stroke-width=\"2\" points=\"")
	for i, n := range failed {
		fmt.Fprintf(&b, "%d,%d ", x(i), y(n))
	}
	b.WriteString("\"/>\n")
	for i, n := range failed {
		fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="3.5" fill="#c0392b"><title>%s</title></circle>`+"\n", x(i), y(n), titles[i])
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}
