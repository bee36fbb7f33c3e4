package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/oracle"
)

// SummaryStyle says how a summary is written. Its zero value has no colors, and
// lines of any length.
type SummaryStyle struct {
	Color bool // ANSI colors

	// Width and Height are those of the terminal, in columns and rows; 0 for any.
	Width, Height int

	// Every lists each case in the place of groups, and Clause, where not "", each
	// case that a clause with that id is about. "*" in it stands for anything.
	Every  bool
	Clause string

	// EveryFlag is the flag that sets Every, for a hint. "" gives none.
	EveryFlag string
}

// Write writes a summary: for each agent what is not clean, a line for each
// [Group]; where the report lies, if r.Dir says so; and at the end the verdict and
// how the cases of each agent ended.
func (style SummaryStyle) Write(w io.Writer, r *Report) error {
	s := &summary{Writer: bufio.NewWriter(w), style: style, report: r}
	l := NewLayout(r)
	for i, agent := range r.Agents {
		if i > 0 {
			s.WriteByte('\n')
		}
		s.agent(agent, l.Agents[i])
	}
	if len(r.Agents) > 1 {
		s.WriteByte('\n')
	}
	if r.Stopped != "" {
		s.row(ToneFail, "stopped before the end:", visible.Text(r.Stopped, 400))
	}
	if r.LeftOut > 0 {
		s.row("", "", LeftOutText(r.LeftOut, r.Role.Peer().String()))
	}
	s.baseline()
	if len(r.Shards) > 0 {
		s.row("", "", "Shards: "+ShardList(r.Shards))
		if missing := r.MissingShards(); len(r.Shards) > 1 {
			s.row(ToneFail, "Missing:", ShardList(missing))
		}
	}
	s.more()
	for i, agent := range r.Agents {
		s.verdict(agent, l.Agents[i])
	}
	return s.Flush()
}

type summary struct {
	*bufio.Writer
	style  SummaryStyle
	report *Report
	rows   int
	clause oracle.ClauseID // the first that is broken
}

// ansi holds the terminal's color of each tone.
var ansi = map[Tone]string{ToneOK: "32", ToneInfo: "36", ToneNote: "33", ToneSkip: "90", ToneFail: "31;1"}

func (s *summary) paint(t Tone, text string) string {
	if !s.style.Color || t == "" || text == "" {
		return text
	}
	return "\x1b[" + ansi[t] + "m" + text + "\x1b[0m"
}

// row writes a line that begins with a word in the color of a tone, and further
// ones where the terminal is too narrow for it.
func (s *summary) row(t Tone, head, text string) {
	s.WriteString(s.paint(t, head))
	if head != "" {
		text = " " + text
	}
	s.WriteString(visible.Fold(text, utf8.RuneCountInString(head), s.style.Width))
	s.WriteByte('\n')
}

func (s *summary) agent(agent *Agent, a *AgentLayout) {
	title := visible.Text(a.Name, 200)
	if agent.URL != "" {
		title += "  " + s.paint(ToneSkip, visible.Text(agent.URL, 400))
	}
	if agent.Dialect != "" {
		title += "  dialect " + visible.Text(agent.Dialect, 80)
	}
	s.row("", "", title)
	rows := s.rows
	if agent.Unreachable != "" {
		s.row(ToneFail, "✗ not reachable:", visible.Text(agent.Unreachable, 400))
		s.rows++
	}
	if agent.Ended != "" {
		s.row(ToneFail, "✗ ended early:", visible.Text(agent.Ended, 400))
		s.rows++
	}
	groups := s.report.Groups(agent)
	for i := range groups {
		if g := &groups[i]; g.Failed && s.clause == "" {
			s.clause = g.Clause
		}
	}
	switch {
	case s.style.Clause != "":
		s.results(a, func(result *Result) bool { return result.about(glob(s.style.Clause)) })
		if s.rows == rows {
			s.row("", "", "  no case is about "+visible.Text(s.style.Clause, 120))
		}
	case s.style.Every:
		s.results(a, func(*Result) bool { return true })
	default:
		s.groups(groups)
	}
	if agent.Dialect == "" && slices.ContainsFunc(groups, func(g Group) bool { return g.Failed && OfEchoes(g.Clause) }) {
		s.row("", "", NoEcho)
	}
	if agent.Skipped != "" {
		s.row(ToneSkip, "– not run:", visible.Text(agent.Skipped, 400))
		s.rows++
	}
	s.measured(agent)
}

// NoEcho is the advice that goes with what no echo does and much else may: see [OfEchoes].
const NoEcho = "Is it no echo? --dialect none. An echo after a greeting? --dialect greeting."

// OfEchoes reports whether a clause is one that a peer breaks in most conversations where it is no
// echo: it leaves messages without an answer, has some of its own, or hands them on.
func OfEchoes(id oracle.ClauseID) bool {
	return id == "wscheck/echo-missing" || id == "wscheck/echo-extra" || id == "wscheck/peer-mixed"
}

// measured writes what was measured of the agent.
func (s *summary) measured(agent *Agent) {
	var texts []string
	for _, result := range agent.Results {
		if text := result.Measured; text != "" {
			_, id, _ := strings.Cut(result.Case.ID, "/") // without the document
			texts = append(texts, visible.Text(id, 120)+": "+visible.Text(text, 200))
		}
	}
	if len(texts) > 0 {
		s.row("", "", "Measured: "+strings.Join(texts, "; "))
	}
}

// A summary is to be seen at one look: so many groups of failures, and of what
// fails nothing, are listed.
const (
	summaryFailures = 11
	summaryNotes    = 6
	summaryFrame    = 9 // lines that are not of groups
)

// groups writes a line for each group.
func (s *summary) groups(groups []Group) {
	failures := 0
	for failures < len(groups) && groups[failures].Failed {
		failures++
	}
	most, notes := s.room()
	noted, rest := largest(groups[failures:], notes)
	shown := slices.Concat(groups[:min(failures, most)], noted)
	wide, counts := 0, 0
	for i := range shown {
		wide = max(wide, utf8.RuneCountInString(shown[i].Label()))
		counts = max(counts, len(shown[i].CountText()))
	}
	for i := range shown {
		s.group(&shown[i], wide, counts)
		if i == most-1 && failures > most {
			s.others(groups[most:failures], "of failures")
		}
	}
	s.others(rest, "of notes")
	s.rows += len(shown)
}

// largest returns the n groups with most cases, and the rest, both in their order: a
// group of hundreds of cases says more of a peer than one of three.
func largest(groups []Group, n int) (most, rest []Group) {
	sizes := make([]int, len(groups))
	for i := range groups {
		sizes[i] = len(groups[i].Results)
	}
	slices.SortFunc(sizes, func(a, b int) int { return cmp.Compare(b, a) })
	if n >= len(groups) {
		return groups, nil
	}
	least, ties := sizes[n-1], 0 // how many of the smallest size there is room for
	for _, size := range sizes[:n] {
		if size == least {
			ties++
		}
	}
	for i := range groups {
		size := len(groups[i].Results)
		if size == least {
			ties--
		}
		if size > least || size == least && ties >= 0 {
			most = append(most, groups[i])
		} else {
			rest = append(rest, groups[i])
		}
	}
	return most, rest
}

// room returns how many groups of failures and of notes are listed, where each may
// take two lines.
func (s *summary) room() (failures, notes int) {
	failures, notes = summaryFailures, summaryNotes
	if s.style.Height > 0 {
		rows := max(4, (s.style.Height-summaryFrame)/2)
		notes = min(notes, max(1, rows/3))
		failures = min(failures, rows-notes)
	}
	return failures, notes
}

// others says how many groups are not listed.
func (s *summary) others(groups []Group, what string) {
	if len(groups) == 0 {
		return
	}
	cases := 0
	for i := range groups {
		cases += len(groups[i].Results)
	}
	s.row("", "", fmt.Sprintf("  and %s %s, %s", plural.Of(len(groups), "more group"), what, plural.Of(cases, "case")))
}

func (s *summary) group(g *Group, wide, counts int) {
	head := g.Tone.Mark() + " " + g.Label()
	padding := strings.Repeat(" ", max(0, wide-utf8.RuneCountInString(g.Label())))
	count := fmt.Sprintf("%s %*s", padding, counts, g.CountText())
	first := "first: " + visible.Text(g.Results[0].Case.ID, 120)
	line := count + "  " + g.About() + "  " + first
	if g.About() == "" {
		line = count + "  " + first
	}
	fits := func(line string) bool {
		return s.style.Width == 0 || utf8.RuneCountInString(head+" "+line) <= s.style.Width
	}
	if short := count + "  " + g.About(); !g.Failed && !fits(line) && fits(short) {
		line = short
	}
	if fits(line) {
		s.row(g.Tone, head, line)
		return
	}
	s.row(g.Tone, head, count+"  "+first)
	s.row("", "   ", g.About())
}

// results writes a line for each case whose result is wanted.
func (s *summary) results(a *AgentLayout, want func(*Result) bool) {
	r := s.report
	var results []*Result
	wide, verdicts := 0, 0
	for _, c := range AllCases(r) {
		if result := a.Results[c.ID]; result != nil && want(result) {
			results = append(results, result)
			wide = max(wide, utf8.RuneCountInString(visible.Text(c.ID, 120)))
			verdicts = max(verdicts, utf8.RuneCountInString(r.Verdicts(result)))
		}
	}
	for _, result := range results {
		label, why := r.VerdictLabel(result), r.Why(result)
		if s.style.Clause != "" {
			why = cmp.Or(result.whyOf(glob(s.style.Clause)), why)
		}
		if known := result.Excuse(); known != "" {
			label.Tone = ToneNote
			why = strings.TrimSuffix(known+"; "+why, "; ")
		}
		text := fmt.Sprintf("%-*s  %-*s  %s", wide, visible.Text(result.Case.ID, 120), verdicts, r.Verdicts(result), why)
		s.row(label.Tone, label.Mark(), strings.TrimRight(text, " "))
	}
	s.rows += len(results)
}

// more says where the report is, and how to see more.
func (s *summary) more() {
	r, every := s.report, ""
	if s.style.EveryFlag != "" && !s.style.Every {
		every = s.style.EveryFlag + " lists every case"
	}
	switch index := visible.Text(filepath.Join(r.Dir, "index.html"), 1000); {
	case r.Dir != "" && every != "":
		s.row("", "", "Report: "+index+" ("+every+")")
	case r.Dir != "":
		s.row("", "", "Report: "+index)
	case every != "":
		s.row("", "", "More: "+every)
	}
	if r.Dir != "" && every != "" && s.clause != "" && s.style.Clause == "" {
		command, clause := "More: wscheck report show "+shellQuote(r.Dir), "--clause "+shellQuote(string(s.clause))
		between := " "
		if width := s.style.Width; width > 0 && utf8.RuneCountInString(command+between+clause) > width {
			between = " \\\n    " // which a shell takes for one line
		}
		fmt.Fprintln(s, command+between+clause)
	}
}

// verdict writes the line that a summary ends with.
func (s *summary) verdict(agent *Agent, a *AgentLayout) {
	r := s.report
	word, t := r.word(agent)
	c := r.Count(agent)
	counts := []string{fmt.Sprintf("%d of %d pass", c.Clean, c.Cases)}
	noted := map[int]int{}
	for _, g := range r.Groups(agent) {
		noted[g.Rank] += len(g.Results)
	}
	again := 0
	for _, result := range agent.Results {
		if result.Tries > 1 {
			again++
		}
	}
	for _, n := range []struct {
		count int
		text  string
	}{
		{noted[rankAllowed], "noted"}, {noted[rankSlow], "slow"}, {noted[rankUndecidable], "not decidable"}, {noted[rankUnsupported], "unsupported"},
		{c.Known, "known"}, {c.Failed, "failed"}, {c.Missing, "not run"}, {again, "played again"},
	} {
		if n.count > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n.count, n.text))
		}
	}
	if agent.Deaths > 0 {
		counts = append(counts, "died "+plural.Of(agent.Deaths, "time"))
	}
	if agent.PeakMemory > 0 {
		counts = append(counts, fmt.Sprintf("peak memory %.1f MiB", float64(agent.PeakMemory)/(1<<20)))
	}
	if r.Took > 0 && len(r.Agents) == 1 {
		counts = append(counts, "in "+visible.Span(r.Took))
	}
	text := " " + strings.Join(counts, ", ")
	if len(r.Agents) > 1 {
		text = " " + visible.Text(a.Name, 80) + " " + text
	}
	s.row(t, word, text)
}

// baselineRows bounds the entries of a baseline that a summary lists.
const baselineRows = 200

// baseline lists what is new and what is gone.
func (s *summary) baseline() {
	b := s.report.Baseline
	if b == nil {
		return
	}
	s.row("", "", "Baseline: "+b.String())
	for _, list := range []struct {
		word  string
		tone  Tone
		known []Known
	}{{"new", ToneFail, b.New}, {"gone", ToneOK, b.Gone}} {
		for i := range list.known {
			if i == baselineRows {
				fmt.Fprintf(s, "  %s more\n", plural.Decimal(len(list.known)-i))
				break
			}
			s.row(list.tone, fmt.Sprintf("  %-4s", list.word), list.known[i].String())
		}
	}
}

// ShardList names parts of a selection.
func ShardList(shards []catalogue.Shard) string {
	names := make([]string, len(shards))
	for i, shard := range shards {
		names[i] = shard.String()
	}
	return strings.Join(names, ", ")
}
