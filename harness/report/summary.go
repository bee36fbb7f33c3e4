package report

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/wscheck/wscheck/harness/catalogue"
	"github.com/wscheck/wscheck/internal/plural"
)

// WriteSummary writes a short summary for a terminal or a log: how the cases of
// each agent ended, every case that is not clean with its verdict and why, and
// where the report lies if r.Dir says so. color asks for ANSI colors.
func WriteSummary(w io.Writer, r *Report, color bool) error {
	s := &summary{Writer: bufio.NewWriter(w), report: r, color: color}
	l := newLayout(r)
	for i, agent := range r.Agents {
		s.agent(agent, l.agents[i])
	}
	if r.Stopped != "" {
		fmt.Fprintf(s, "\n%s %s\n", s.paint(toneFail, "stopped before the end:"), visible(r.Stopped, 400))
	}
	if r.LeftOut > 0 {
		fmt.Fprintf(s, "\n%s\n", leftOutText(r.LeftOut, r.Role.Peer().String()))
	}
	s.baseline()
	if len(r.Shards) > 0 {
		fmt.Fprintf(s, "\nShards: %s\n", shardList(r.Shards))
		if missing := r.MissingShards(); len(r.Shards) > 1 {
			fmt.Fprintf(s, "%s %s\n", s.paint(toneFail, "Missing:"), shardList(missing))
		}
	}
	if r.Took > 0 || r.Dir != "" {
		s.WriteByte('\n')
	}
	if r.Took > 0 {
		fmt.Fprintf(s, "Took: %s\n", span(r.Took))
	}
	if r.Dir != "" {
		fmt.Fprintf(s, "Report: %s\n", visible(filepath.Join(r.Dir, "index.html"), 1000))
	}
	return s.Flush()
}

type summary struct {
	*bufio.Writer
	report *Report
	color  bool
}

// ansi holds the terminal's color of each tone.
var ansi = map[tone]string{toneOK: "32", toneInfo: "36", toneNote: "33", toneSkip: "90", toneFail: "31;1"}

func (s *summary) paint(t tone, text string) string {
	if !s.color {
		return text
	}
	return "\x1b[" + ansi[t] + "m" + text + "\x1b[0m"
}

func (s *summary) agent(agent *Agent, a *agentLayout) {
	r := s.report
	fmt.Fprintf(s, "\n%s", visible(a.name, 200))
	if agent.URL != "" {
		fmt.Fprintf(s, "  %s", s.paint(toneSkip, visible(agent.URL, 400)))
	}
	s.WriteByte('\n')
	if agent.Unreachable != "" {
		fmt.Fprintf(s, "  %s %s\n", s.paint(toneFail, "not reachable:"), visible(agent.Unreachable, 400))
	}

	c := r.Count(agent)
	counts := []string{fmt.Sprintf("%d of %d pass", c.Clean, c.Cases)}
	for _, n := range []struct {
		count int
		text  string
		tone  tone
	}{{c.Noted, "noted", toneNote}, {c.Known, "known", toneNote}, {c.Failed, "failed", toneFail}, {c.Missing, "not run", toneSkip}} {
		if n.count > 0 {
			counts = append(counts, s.paint(n.tone, fmt.Sprintf("%d %s", n.count, n.text)))
		}
	}
	if agent.Deaths > 0 {
		counts = append(counts, s.paint(toneFail, "died "+plural.Of(agent.Deaths, "time")))
	}
	if agent.PeakMemory > 0 {
		counts = append(counts, fmt.Sprintf("peak memory %.1f MiB", float64(agent.PeakMemory)/(1<<20)))
	}
	fmt.Fprintf(s, "  %s\n", strings.Join(counts, ", "))
	s.results(a)
}

// results writes a line for each case that is not clean.
func (s *summary) results(a *agentLayout) {
	r := s.report
	type row struct{ id, verdicts string }
	var (
		rows    []*Result
		texts   []row
		idWidth int
		width   int
	)
	for _, c := range allCases(r) {
		result := a.results[c.ID]
		if result == nil || result.Clean(r.Judge) {
			continue
		}
		text := row{visible(c.ID, 120), r.verdicts(result)}
		rows, texts = append(rows, result), append(texts, text)
		idWidth = max(idWidth, utf8.RuneCountInString(text.id))
		width = max(width, utf8.RuneCountInString(text.verdicts))
	}
	for i, result := range rows {
		label, why := r.verdictLabel(result), r.why(result)
		if known := result.excuse(); known != "" {
			label.Tone = toneNote
			why = strings.TrimSuffix(known+"; "+why, "; ")
		}
		line := fmt.Sprintf("%-*s  %s  %s", idWidth, texts[i].id,
			s.paint(label.Tone, fmt.Sprintf("%-*s", width, texts[i].verdicts)), why)
		fmt.Fprintf(s, "  %s %s\n", s.paint(label.Tone, label.Mark()), strings.TrimRight(line, " "))
	}
}

// baselineRows bounds the entries of a baseline that a summary lists.
const baselineRows = 200

// baseline tells what is new and what is gone.
func (s *summary) baseline() {
	b := s.report.Baseline
	if b == nil {
		return
	}
	fmt.Fprintf(s, "\nBaseline: %s\n", b)
	for _, list := range []struct {
		word  string
		tone  tone
		known []Known
	}{{"new", toneFail, b.New}, {"gone", toneOK, b.Gone}} {
		for i := range list.known {
			if i == baselineRows {
				fmt.Fprintf(s, "  %s more\n", plural.Decimal(len(list.known)-i))
				break
			}
			fmt.Fprintf(s, "  %s %v\n", s.paint(list.tone, fmt.Sprintf("%-4s", list.word)), &list.known[i])
		}
	}
}

// shardList names parts of a selection.
func shardList(shards []catalogue.Shard) string {
	names := make([]string, len(shards))
	for i, shard := range shards {
		names[i] = shard.String()
	}
	return strings.Join(names, ", ")
}
