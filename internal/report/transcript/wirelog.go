package transcript

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/recorder"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/oracle"
)

// LogLine is one line of the wire log of a page.
type LogLine struct {
	Event  int         `json:"event"` // index into Trace.Events
	At     string      `json:"at"`
	Kind   string      `json:"kind"`           // "tx", "rx" or "event"; "gap" for lines left out
	Tone   report.Tone `json:"tone,omitempty"` // of an event
	Text   string      `json:"text"`           // an event's text; the size of what was sent or received
	Octets Octets      `json:"octets,omitempty"`
	Size   int         `json:"size,omitempty"`   // of what was sent or received
	Output string      `json:"output,omitempty"` // of a process that died
	Frames []string    `json:"frames,omitempty"`
	Hit    report.Tone `json:"hit,omitempty"` // that of the gravest finding that points here, "" for none
	Sync   bool        `json:"sync,omitempty"`
}

// What a page shows of a wire log.
const (
	logLines     = 200 // the first ones, and the logTail last ones
	logTail      = 60
	logDumps     = 12 // lines that have up to dumpOctets octets, or hitOctets; the others have hexOctets
	hexOctets    = 20
	dumpOctets   = 64
	hitOctets    = recorder.KeepPerEvent // where a finding points
	framesInLine = 24
	logFrames    = 400 // of all lines together
	maxTimers    = 20
)

// Log returns the lines of the wire log.
func Log(c *Transcript, findings []oracle.Finding, omitted report.Omission) []LogLine {
	hits := HitTones(findings)
	lines := make([]LogLine, 0, min(len(c.Moments), logLines)+2)
	gap := func(n int) { lines = append(lines, LogLine{Kind: "gap", Text: plural.Of(n, "event") + " not shown"}) }
	skipFrom, skipTo := len(c.Moments), 0
	if len(c.Moments) > logLines {
		skipFrom, skipTo = logLines-logTail, len(c.Moments)-logTail
	}
	said, dumps, frames := omitted.Events == 0, 0, 0
	for i := range c.Moments {
		if i >= skipFrom && i < skipTo {
			if i == skipFrom {
				n := skipTo - skipFrom
				if at := omitted.Before; !said && at > c.Moments[skipFrom].Index && at <= c.Moments[skipTo].Index {
					n += omitted.Events
					said = true
				}
				gap(n)
			}
			continue
		}
		if !said && c.Moments[i].Index >= omitted.Before {
			gap(omitted.Events)
			said = true
		}
		line := newLogLine(&c.Moments[i], hits[c.Moments[i].Index])
		if data := c.Moments[i].Event.Data; len(line.Frames) > 0 && len(data) > hexOctets && dumps < logDumps {
			limit := dumpOctets
			if line.Hit != "" {
				limit = hitOctets
			}
			line.Octets = Octets(data[:min(len(data), limit)])
			dumps++
		}
		if frames += len(line.Frames); frames > logFrames && len(line.Frames) > 1 {
			line.Frames = append(line.Frames[:1:1], "…")
		}
		lines = append(lines, line)
	}
	return lines
}

// HitTones returns the tone of each event that findings point at: that of the
// gravest.
func HitTones(findings []oracle.Finding) map[int]report.Tone {
	worst := map[int]oracle.Outcome{}
	tones := map[int]report.Tone{}
	for i := range findings {
		f := &findings[i]
		worst[f.Event] = max(worst[f.Event], f.Outcome)
		tones[f.Event] = report.OutcomeLabel(worst[f.Event]).Tone
	}
	return tones
}

func newLogLine(m *moment, hit report.Tone) LogLine {
	ev := m.Event
	line := LogLine{Event: m.Index, At: Milli(ev.At), Hit: hit, Sync: ev.Sync}
	switch ev.Kind {
	case oracle.EventSent:
		line.Kind = "tx"
	case oracle.EventReceived:
		line.Kind = "rx"
	default:
		line.Kind = "event"
		line.Text, line.Tone = EventText(ev)
		if ev.Kind == oracle.EventPeerDied || ev.Kind == oracle.EventPeerHung {
			line.Output = visible.Lines(string(ev.Data), 16<<10)
		}
		return line
	}
	line.Size = max(ev.N, len(ev.Data))
	line.Text = plural.Of(line.Size, "octet")
	line.Octets = Octets(ev.Data[:min(len(ev.Data), hexOctets)])
	for _, p := range m.Pieces {
		if len(line.Frames) == framesInLine {
			line.Frames = append(line.Frames, "…")
			break
		}
		line.Frames = append(line.Frames, pieceText(&p))
	}
	return line
}

// pieceText says what a piece of an event is.
func pieceText(p *Piece) string {
	switch {
	case p.Phase == PhaseHTTP:
		return "opening handshake"
	case p.Phase == phaseBody:
		return "no frames: the opening handshake was refused"
	case p.Phase == phaseLost:
		return "not decoded: " + plural.Of(p.Octets, "octet")
	case p.Frame == nil:
		return "the beginning of a frame header"
	case p.First && p.Last:
		return p.Frame.String()
	case p.First:
		return p.Frame.String() + " begins"
	case p.Last:
		return p.Frame.Opcode.String() + " continues and ends"
	}
	return p.Frame.Opcode.String() + " continues"
}

// Timers returns which timers were set in the case and which of them went off, by
// Autobahn's log: the trace itself has those alone that went off.
func Timers(rec *autobahn.Record) string {
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
		after := visible.Span(time.Duration(row.Seconds * float64(time.Second)))
		var text, end, outcome string
		switch row.Kind {
		case autobahn.LogWait:
			text, end, outcome = visible.Line("wait "+visible.Text(row.Tag, 40)+" of ")+" "+after, string(autobahn.LogWaitEnd)+row.Tag, ", which ended"
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

// Milli is an offset in time as the wire log shows it: milliseconds with three
// decimals.
func Milli(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Round(time.Microsecond))/float64(time.Millisecond), 'f', 3, 64)
}

// Octets is octets as the page's script has them: each is the code point of its
// number, so that text among them is compressed with what else says the same.
type Octets []byte

// MarshalText returns the code points in UTF-8.
func (o Octets) MarshalText() ([]byte, error) {
	text := make([]byte, 0, len(o))
	for _, c := range o {
		text = utf8.AppendRune(text, rune(c))
	}
	return text, nil
}

// Lines returns what happened in a conversation, an event or a frame in a
// line, for a terminal: the time in milliseconds, an arrow ("→" is what we sent,
// "←" what the peer sent, "·" is all else), and the text. The events that the
// findings point to are marked. It has at most some 200 lines, and a few more
// for stacks; what the peer sent is made visible.
func Lines(r *report.Result) []string {
	c := New(r.Trace)
	var out []string
	for _, line := range Log(c, r.RFC.Findings, r.Omitted) {
		arrow := "·"
		switch line.Kind {
		case "tx":
			arrow = "→"
		case "rx":
			arrow = "←"
		}
		texts := line.Frames
		if len(texts) == 0 {
			texts = []string{line.Text}
		}
		for i, text := range texts {
			at := line.At
			if i > 0 {
				at = ""
			}
			if text == "opening handshake" {
				head := c.Sent.Head
				if line.Kind == "rx" {
					head = c.Received.Head
				}
				first, _, _ := strings.Cut(string(head), "\r\n")
				text += ": " + visible.Text(first, 80)
			}
			if line.Hit != "" && i == len(texts)-1 {
				text += "  ◄"
			}
			out = append(out, fmt.Sprintf("%10s %s %s", at, arrow, text))
		}
		if line.Kind == "event" && line.Output != "" {
			for s := range strings.SplitSeq(strings.TrimRight(line.Output, "\n"), "\n") {
				out = append(out, strings.Repeat(" ", 13)+s)
			}
		}
	}
	return out
}
