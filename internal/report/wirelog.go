package report

import (
	"strconv"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/oracle"
)

// logLine is one line of the wire log of a page.
type logLine struct {
	Event  int      `json:"event"` // index into Trace.Events
	At     string   `json:"at"`
	Kind   string   `json:"kind"`           // "tx", "rx" or "event"; "gap" for lines left out
	Tone   tone     `json:"tone,omitempty"` // of an event
	Text   string   `json:"text"`           // an event's text; the size of what was sent or received
	Octets rawText  `json:"octets,omitempty"`
	Size   int      `json:"size,omitempty"`   // of what was sent or received
	Output string   `json:"output,omitempty"` // of a process that died
	Frames []string `json:"frames,omitempty"`
	Hit    tone     `json:"hit,omitempty"` // that of the gravest finding that points here, "" for none
	Sync   bool     `json:"sync,omitempty"`
}

// What a page shows of a wire log.
const (
	logLines     = 200 // of which the last logTail are the last ones
	logTail      = 60
	logDumps     = 12 // lines that have up to dumpOctets octets, or hitOctets; the others have hexOctets
	hexOctets    = 20
	dumpOctets   = 64
	hitOctets    = oracle.KeepPerEvent // where a finding points
	framesInLine = 24
	logFrames    = 400 // of all lines together
	maxTimers    = 20
)

// wireLog returns the lines of the wire log.
func wireLog(c *conversation, findings []oracle.Finding, omitted Omission) []logLine {
	hits := hitTones(findings)
	lines := make([]logLine, 0, min(len(c.moments), logLines)+2)
	gap := func(n int) { lines = append(lines, logLine{Kind: "gap", Text: plural.Of(n, "event") + " not shown"}) }
	skipFrom, skipTo := len(c.moments), 0
	if len(c.moments) > logLines {
		skipFrom, skipTo = logLines-logTail, len(c.moments)-logTail
	}
	told, dumps, frames := omitted.Events == 0, 0, 0
	for i := range c.moments {
		if i >= skipFrom && i < skipTo {
			if i == skipFrom {
				n := skipTo - skipFrom
				if at := omitted.Before; !told && at > c.moments[skipFrom].index && at <= c.moments[skipTo].index {
					n += omitted.Events
					told = true
				}
				gap(n)
			}
			continue
		}
		if !told && c.moments[i].index >= omitted.Before {
			gap(omitted.Events)
			told = true
		}
		line := newLogLine(&c.moments[i], hits[c.moments[i].index])
		if data := c.moments[i].event.Data; len(line.Frames) > 0 && len(data) > hexOctets && dumps < logDumps {
			limit := dumpOctets
			if line.Hit != "" {
				limit = hitOctets
			}
			line.Octets = rawText(data[:min(len(data), limit)])
			dumps++
		}
		if frames += len(line.Frames); frames > logFrames && len(line.Frames) > 1 {
			line.Frames = append(line.Frames[:1:1], "…")
		}
		lines = append(lines, line)
	}
	return lines
}

// hitTones returns the tone of each event that findings point at: that of the
// gravest.
func hitTones(findings []oracle.Finding) map[int]tone {
	worst := map[int]oracle.Outcome{}
	tones := map[int]tone{}
	for i := range findings {
		f := &findings[i]
		worst[f.Event] = max(worst[f.Event], f.Outcome)
		tones[f.Event] = outcomeLabel(worst[f.Event]).Tone
	}
	return tones
}

func newLogLine(m *moment, hit tone) logLine {
	ev := m.event
	line := logLine{Event: m.index, At: milli(ev.At), Hit: hit, Sync: ev.Sync}
	switch ev.Kind {
	case oracle.EventSent:
		line.Kind = "tx"
	case oracle.EventReceived:
		line.Kind = "rx"
	default:
		line.Kind = "event"
		line.Text, line.Tone = eventText(ev)
		if ev.Kind == oracle.EventPeerDied || ev.Kind == oracle.EventPeerHung {
			line.Output = visibleLines(string(ev.Data), 16<<10)
		}
		return line
	}
	line.Size = max(ev.N, len(ev.Data))
	line.Text = plural.Of(line.Size, "octet")
	line.Octets = rawText(ev.Data[:min(len(ev.Data), hexOctets)])
	for _, p := range m.pieces {
		if len(line.Frames) == framesInLine {
			line.Frames = append(line.Frames, "…")
			break
		}
		line.Frames = append(line.Frames, pieceText(&p))
	}
	return line
}

// pieceText says what a piece of an event is.
func pieceText(p *piece) string {
	switch {
	case p.phase == phaseHTTP:
		return "opening handshake"
	case p.phase == phaseBody:
		return "no frames: the opening handshake was refused"
	case p.phase == phaseLost:
		return "not decoded: " + plural.Of(p.octets, "octet")
	case p.frame == nil:
		return "the beginning of a frame header"
	case p.first && p.last:
		return p.frame.String()
	case p.first:
		return p.frame.String() + " begins"
	case p.last:
		return p.frame.Opcode.String() + " goes on and ends"
	}
	return p.frame.Opcode.String() + " goes on"
}

// timers tells which timers were set in the case and which of them went off, by
// Autobahn's log: the trace itself has those alone that went off.
func timers(rec *autobahn.Record) string {
	var set []string
	ended := map[string]bool{} // by the kind that ends it, and its tag
	for i := range rec.Wirelog {
		switch row := &rec.Wirelog[i]; row.Kind {
		case autobahn.LogWaitEnd, autobahn.LogFailEnd, autobahn.LogCloseEnd:
			ended[string(row.Kind)+row.Tag] = true
		}
	}
	for i := range rec.Wirelog {
		row := &rec.Wirelog[i]
		after := span(time.Duration(row.Seconds * float64(time.Second)))
		var text, end, outcome string
		switch row.Kind {
		case autobahn.LogWait:
			text, end, outcome = oneLine("wait "+visible(row.Tag, 40)+" of ")+" "+after, string(autobahn.LogWaitEnd)+row.Tag, ", which ended"
		case autobahn.LogFail:
			text, end, outcome = "failing after "+after, string(autobahn.LogFailEnd), ", which came"
		case autobahn.LogClose:
			text, end, outcome = "closing after "+after, string(autobahn.LogCloseEnd), ", which came"
		default:
			continue
		}
		if ended[end] {
			text += outcome
		}
		if set = append(set, text); len(set) == maxTimers {
			break
		}
	}
	return strings.Join(set, "; ")
}

// milli is an offset in time as the wire log shows it: milliseconds with three
// decimals.
func milli(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Round(time.Microsecond))/float64(time.Millisecond), 'f', 3, 64)
}

// visibleLines is visible for text of many lines: ends of lines stay, and a line
// feed or carriage return that stands alone is shown.
func visibleLines(s string, limit int) string {
	size := len(s)
	s = s[:min(size, limit)]
	var b strings.Builder
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\r"), "\t", "    ")
		b.WriteString(visible(line, limit))
	}
	if size > limit {
		b.WriteString("\n… [" + plural.Of(size, "octet") + "]")
	}
	return b.String()
}
