package sink

import (
	"fmt"
	"html"
	"io"

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
