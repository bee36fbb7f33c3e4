package page

import (
	"cmp"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// diagram is a sequence diagram of a conversation: two lifelines, ours on the
// left, and what went between them from top to bottom.
type diagram struct {
	Us      string        `json:"us"`
	Peer    string        `json:"peer"`
	Summary string        `json:"summary"` // for those who do not see it
	Items   []diagramItem `json:"items"`
}

// diagramItem is one thing in a diagram.
type diagramItem struct {
	Kind   string      `json:"kind"`             // "arrow", "note", "pause" or "more"
	Class  string      `json:"class,omitempty"`  // of an arrow: "http", "text", "binary", "control", "close", "odd", "end"
	Sent   bool        `json:"sent,omitempty"`   // the arrow goes from left to right
	Broken bool        `json:"broken,omitempty"` // the arrow ends in a cross
	Label  string      `json:"label"`
	At     string      `json:"at,omitempty"`
	Tone   report.Tone `json:"tone,omitempty"` // of a note
	Hit    report.Tone `json:"hit,omitempty"`  // that of the gravest finding that points here, "" for none

	at     time.Duration
	frame  *transcript.Frame
	first  bool
	last   bool
	octets int
	chops  int
}

// What a diagram shows.
const (
	diagramItems = 60
	diagramTail  = 20
	diagramLabel = 62 // code points
	longPause    = 50 * time.Millisecond
)

// newDiagram draws the conversation of the peer, which our side had in the given
// role.
func newDiagram(c *transcript.Transcript, role wsproto.Role, findings []oracle.Finding) *diagram {
	items := diagramSteps(c, findings)
	shown := items
	if surplus := len(items) - diagramItems; surplus > 0 {
		head := diagramItems - diagramTail
		more := diagramItem{Kind: "more", Label: plural.Of(surplus, "step") + " not shown"}
		shown = append(append(append(make([]diagramItem, 0, diagramItems+1),
			items[:head]...), more), items[head+surplus:]...)
	}

	d := &diagram{
		Us:      "wscheck (" + role.String() + ")",
		Peer:    "peer (" + role.Peer().String() + ")",
		Summary: plural.Of(len(items), "step") + " between wscheck and the peer, in order of time; the wire log below has the same as text.",
	}
	var before time.Duration
	for i := range shown {
		item := &shown[i]
		if item.Kind != "more" {
			if pause := item.at - before; pause >= longPause && i > 0 && shown[i-1].Kind != "more" {
				d.Items = append(d.Items, diagramItem{Kind: "pause", Label: visible.Span(pause)})
			}
			before = item.at
			item.At = transcript.Milli(item.at) + " ms"
		}
		if item.Kind == "arrow" {
			item.label()
		}
		item.Label = visible.Columns(item.Label, diagramLabel)
		d.Items = append(d.Items, *item)
	}
	return d
}

// diagramSteps returns everything that a diagram of the whole conversation would
// show. Pieces of one frame that follow each other are one arrow; where
// something came between them, there are two.
func diagramSteps(c *transcript.Transcript, findings []oracle.Finding) []diagramItem {
	hits := transcript.HitTones(findings)
	var items []diagramItem
	for i := range c.Moments {
		m := &c.Moments[i]
		ev := m.Event
		switch ev.Kind {
		case oracle.EventSent, oracle.EventReceived:
			side := c.Received
			if ev.Kind == oracle.EventSent {
				side = c.Sent
			}
			for j := range m.Pieces {
				items = addPiece(items, &m.Pieces[j], ev, side, hits[m.Index])
			}
			continue
		}
		if ev.Kind == oracle.EventFrameSent || ev.Kind == oracle.EventFrameReceived {
			if hits[m.Index] == "" && !transcript.Notable(ev) {
				continue // the stream shows what they carry
			}
		}
		item := diagramItem{Kind: "note", at: ev.At, Hit: hits[m.Index]}
		item.Label, item.Tone = transcript.EventText(ev)
		switch ev.Kind {
		case oracle.EventSentEOF, oracle.EventClosed, oracle.EventSentReset:
			item.Kind, item.Class, item.Sent = "arrow", "end", true
		case oracle.EventReceivedEOF, oracle.EventReceivedReset:
			item.Kind, item.Class = "arrow", "end"
		}
		item.Broken = ev.Kind == oracle.EventSentReset || ev.Kind == oracle.EventReceivedReset
		items = append(items, item)
	}
	return items
}

// addPiece adds a piece of an event: to the last arrow, if that is of the same
// frame or handshake, or as an arrow of its own.
func addPiece(items []diagramItem, p *transcript.Piece, ev *oracle.Event, side *transcript.Stream, hit report.Tone) []diagramItem {
	sent := ev.Kind == oracle.EventSent
	class := pieceClass(p)
	if n := len(items) - 1; n >= 0 {
		last := &items[n]
		headerBegan := last.Class == "header" && p.Phase == transcript.PhaseFrames
		if last.Kind == "arrow" && last.Sent == sent && !last.last &&
			(headerBegan || last.Class == class && last.frame == p.Frame) {
			last.Class, last.frame, last.last = class, p.Frame, p.Last
			last.octets += p.Octets
			last.chops++
			if last.Hit == "" || hit == report.ToneFail {
				last.Hit = hit
			}
			return items
		}
	}
	item := diagramItem{
		Kind: "arrow", Class: class, Sent: sent, at: ev.At, Hit: hit,
		frame: p.Frame, first: p.First, last: p.Last, octets: p.Octets, chops: 1,
	}
	if p.Phase == transcript.PhaseHTTP {
		item.Label = firstLine(side.Head)
	}
	return append(items, item)
}

func pieceClass(p *transcript.Piece) string {
	switch {
	case p.Phase == transcript.PhaseHTTP:
		return "http"
	case p.Phase != transcript.PhaseFrames:
		return "odd"
	case p.Frame == nil:
		return "header"
	}
	h := &p.Frame.Header
	switch {
	case h.Opcode == wsproto.OpClose:
		return "close"
	case h.Opcode.IsReserved():
		return "odd"
	case h.Opcode.IsControl():
		return "control"
	case h.Opcode == wsproto.OpBinary:
		return "binary"
	}
	return "text"
}

// label writes what an arrow carries.
func (i *diagramItem) label() {
	switch {
	case i.Class == "end":
		return
	case i.Class == "http":
		i.Label = cmp.Or(i.Label, "opening handshake")
	case i.Class == "header":
		i.Label = "frame header, " + plural.Of(i.octets, "octet")
	case i.frame == nil:
		i.Label = plural.Of(i.octets, "octet") + ", not decoded"
	case i.first && i.last:
		i.Label = i.frame.String()
	case i.first:
		i.Label = i.frame.Opcode.String() + ": first " + plural.Of(i.octets, "octet") + " of " + plural.Decimal(i.frame.Total())
	case i.last:
		i.Label = i.frame.Opcode.String() + ": last " + plural.Of(i.octets, "octet")
	default:
		i.Label = i.frame.Opcode.String() + ": " + plural.Of(i.octets, "further octet")
	}
	if i.chops > 1 {
		i.Label += " in " + plural.Decimal(i.chops) + " pieces"
	}
}

// firstLine is the start line of an HTTP message.
func firstLine(head []byte) string {
	line, _, _ := strings.Cut(string(head[:min(len(head), 200)]), "\r\n")
	return visible.Text(line, 200)
}
