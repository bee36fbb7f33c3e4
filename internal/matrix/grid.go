package matrix

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Legend explains the marks of a grid.
const Legend = "✓: all messages went to and fro, and the connection was closed cleanly by either side; z: compressed; !: a rule is broken all the same; " +
	"✗: opening, messages or closing fails."

// Mark is a pair in one word: "✓", "✓z" where what they send is compressed, "✓!" where a
// rule is broken that does no harm, "opening", "messages" or "closing" for what
// failed first.
func (p *Pair) Mark() string {
	mark := func(failed func(*Exchange) bool) bool { return slices.ContainsFunc(p.Exchanges[:], failed) }
	switch {
	case mark(func(m *Exchange) bool { return m.Status != 101 || m.Problem != "" && m.Messages == 0 }):
		return "✗ opening"
	case mark(func(m *Exchange) bool { return m.Messages < m.Of }):
		return "✗ messages"
	case mark(func(m *Exchange) bool { return !m.Clean }):
		return "✗ closing"
	}
	text := "✓"
	if p.Exchanges[0].Extensions != "" {
		text += "z"
	}
	if len(p.Broken()) > 0 {
		text += "!"
	}
	return text
}

// Broken names the clauses that each of the two broke, with the role.
func (p *Pair) Broken() (all []string) {
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		var clauses []oracle.ClauseID
		for _, m := range p.Exchanges {
			clauses = append(clauses, m.Broken[role]...)
		}
		slices.Sort(clauses)
		for _, clause := range slices.Compact(clauses) {
			all = append(all, fmt.Sprintf("the %s breaks %s", role, clause))
		}
	}
	return all
}

// Reasons says in a line what is remarkable about a pair, "" for nothing.
func (p *Pair) Reasons() string {
	var all []string
	for i, m := range p.Exchanges {
		when := fmt.Sprintf(" (closed by the %s)", closers[i])
		switch {
		case m.Problem != "":
			all = append(all, m.Problem)
		case m.Status == 0:
			all = append(all, "no response")
		case m.Messages < m.Of && m.Stalled:
			all = append(all, "the messages do not come to an end")
		case m.Messages < m.Of:
			all = append(all, "the connection ends before the messages do")
		case !m.Clean && m.Stalled:
			all = append(all, "the connection does not end"+when)
		case !m.Clean:
			all = append(all, "the connection ends without a close frame of each side"+when)
		}
	}
	slices.Sort(all)
	return strings.Join(append(slices.Compact(all), p.Broken()...), "; ")
}

// Good reports whether the two exchange messages, and keep the rules.
func (p *Pair) Good() bool { return p.Reasons() == "" }

// at is the pair of a row and a column.
func (g *Grid) at(server, client int) *Pair { return g.Pairs[server*len(g.Clients)+client] }

// WriteText writes the grid for a terminal: a row for each server, a numbered column for
// each client.
func (g *Grid) WriteText(w io.Writer) error {
	var b bytes.Buffer
	for i, client := range g.Clients {
		fmt.Fprintf(&b, "%3d  %s\n", i+1, client)
	}
	wide := 0
	for _, server := range g.Servers {
		wide = max(wide, len(server))
	}
	fmt.Fprintf(&b, "\n%-*s", wide, "")
	for i := range g.Clients {
		fmt.Fprintf(&b, " %-4d", i+1)
	}
	b.WriteString("\n")
	for i, server := range g.Servers {
		fmt.Fprintf(&b, "%-*s", wide, server)
		for j := range g.Clients {
			mark := strings.Replace(g.at(i, j).Mark(), "✗ ", "✗", 1)
			if short := []rune(mark); len(short) > 4 {
				mark = string(short[:2]) // ✗o, ✗m or ✗c
			}
			fmt.Fprintf(&b, " %-4s", mark)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\n%s\n", Legend)
	for _, p := range g.Pairs {
		if why := p.Reasons(); why != "" {
			fmt.Fprintf(&b, "%s × %s: %s\n", p.Client, p.Server, why)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// WriteMarkdown writes the grid as a page. command is how it is made. The same grid gives
// the same page.
func (g *Grid) WriteMarkdown(w io.Writer, command string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Which clients work with which servers\n\nClients against servers, with the judge between them. Made by the command below; do not edit. The peers are those of "+
		"[matrix.md](matrix.md).\nEach pair has two conversations. The judge sends %s in the server's name, which the two send to and fro, and then a close frame\nin the name of one of them.\n\n```sh\n%s\n```\n\n%s\n\n| server |",
		plural.Of(len(openings())-3, "message"), command, Legend)
	for _, client := range g.Clients {
		b.WriteString(" " + markdown(client) + " |")
	}
	b.WriteString("\n|" + strings.Repeat(" --- |", len(g.Clients)+1) + "\n")
	for i, server := range g.Servers {
		b.WriteString("| " + markdown(server) + " |")
		for j := range g.Clients {
			b.WriteString(" " + g.at(i, j).Mark() + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString("\n## Why\n\n")
	for _, line := range g.reasons() {
		b.WriteString("- " + line + "\n")
	}
	_, err := w.Write(b.Bytes())
	return err
}

// reasons groups the pairs by what is remarkable about them.
func (g *Grid) reasons() (lines []string) {
	type group struct{ server, why string }
	var order []group
	clients := map[group][]string{}
	for _, p := range g.Pairs {
		why := p.Reasons()
		if why == "" {
			continue
		}
		k := group{p.Server, why}
		if clients[k] == nil {
			order = append(order, k)
		}
		clients[k] = append(clients[k], markdown(p.Client))
	}
	for _, k := range order {
		with := strings.Join(clients[k], ", ")
		if len(clients[k]) == len(g.Clients) && len(g.Clients) > 1 {
			with = "all clients"
		}
		lines = append(lines, fmt.Sprintf("%s with %s: %s", markdown(k.server), with, markdown(k.why)))
	}
	if lines == nil {
		return []string{"Nothing is wrong."}
	}
	return lines
}

var gridPage = template.Must(template.New("grid").Parse(`<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Which clients work with which servers</title>
<style>
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; }
table { border-collapse: collapse; }
th, td { border: 1px solid #ccc; padding: .2em .5em; text-align: center; white-space: nowrap; }
th[scope=row] { text-align: right; font-weight: normal; }
thead th { writing-mode: vertical-rl; text-align: right; font-weight: normal; }
.good { background: #d9f2d9; } .rule { background: #fff2c4; } .bad { background: #f8d0d0; }
</style>
<h1>Which clients work with which servers</h1>
<p>{{.Legend}}</p>
<table><thead><tr><th></th>{{range .Clients}}<th scope="col">{{.}}</th>{{end}}</tr></thead><tbody>
{{range .Rows}}<tr><th scope="row">{{.Server}}</th>{{range .Pairs}}<td class="{{if .Good}}good{{else if .Talks}}rule{{else}}bad{{end}}" title="{{.Client}} × {{.Server}}{{with .Reasons}}: {{.}}{{end}}">{{.Mark}}</td>{{end}}</tr>
{{end}}</tbody></table>
<h2>Why</h2>
<ul>{{range .All}}{{if not .Good}}<li>{{.Client}} × {{.Server}}: {{.Reasons}}</li>{{end}}{{end}}</ul>
</html>
`))

// Talks reports whether the messages went to and fro and the connection was closed.
func (p *Pair) Talks() bool { return strings.HasPrefix(p.Mark(), "✓") }

type gridRow struct {
	Server string
	Pairs  []*Pair
}

// WriteHTML writes the grid as a page of its own.
func (g *Grid) WriteHTML(w io.Writer) error {
	var rows []gridRow
	for i, server := range g.Servers {
		rows = append(rows, gridRow{server, g.Pairs[i*len(g.Clients) : (i+1)*len(g.Clients)]})
	}
	return gridPage.Execute(w, map[string]any{"Legend": Legend, "Clients": g.Clients, "Rows": rows, "All": g.Pairs})
}
