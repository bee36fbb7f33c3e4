package oracle

import (
	"fmt"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

const dialectHead = "wscheck dialect 1"

// The words that begin the lines of a dialect.
const (
	wordDialect  = "dialect"
	wordSay      = "say"
	wordHear     = "hear"
	wordAsk      = "ask"
	wordAnswer   = "answer"
	wordFiller   = "filler"
	wordWrong    = "wrong"
	wordStream   = "stream"
	wordClose    = "close"
	wordTo       = "to"
	wordRequest  = "handshake"
	wordAs       = "as"
	wordTarget   = "target"
	wordField    = "field"
	wordProtocol = "subprotocol"
)

// String returns the canonical text of the dialect, which [ParseDialect] reads.
func (d *Dialect) String() string {
	var w lineWriter
	w.WriteString(dialectHead)
	w.endLine()
	w.WriteString(wordDialect)
	w.literal([]byte(d.Name))
	w.endLine()
	if d.About != "" {
		w.WriteString("about")
		w.literal([]byte(d.About))
		w.endLine()
	}
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		if s := d.Of(role); s != nil {
			fmt.Fprintf(&w, "as %s", role)
			w.endLine()
			s.write(&w)
		}
	}
	return strings.TrimSuffix(w.Builder.String(), "\n")
}

func (s *Speech) write(w *lineWriter) {
	line := func(word string, m *Message) {
		w.WriteString(word)
		m.write(w)
		w.endLine()
	}
	text := func(words, value string) {
		w.WriteString(wordRequest + " " + words)
		w.literal([]byte(value))
		w.endLine()
	}
	if s.Target != "" {
		text(wordTarget, s.Target)
	}
	for _, f := range s.Fields {
		text(wordField, f.Name+fieldColon+f.Value)
	}
	for _, name := range s.Subprotocols {
		text(wordProtocol, name)
	}
	if s.Stream {
		w.WriteString(wordStream)
		w.endLine()
	}
	for i := range s.Ready {
		word := wordSay
		if s.Ready[i].Heard {
			word = wordHear
		}
		line(word, &s.Ready[i].Message)
	}
	for i := range s.Exchanges {
		line(wordAsk, &s.Exchanges[i].Ask)
		line(wordAnswer, &s.Exchanges[i].Answer)
	}
	for i := range s.Fillers {
		line(wordFiller, &s.Fillers[i])
	}
	for i := range s.Wrong {
		line(wordWrong, &s.Wrong[i])
	}
	for _, span := range s.Closes {
		fmt.Fprintf(w, "%s %d", wordClose, uint16(span[0]))
		if span[1] != span[0] {
			fmt.Fprintf(w, " %s %d", wordTo, uint16(span[1]))
		}
		w.endLine()
	}
}

// write writes the type, if there is one, and the parts, each with a blank before
// it.
func (m *Message) write(w *lineWriter) {
	if m.Opcode != wsproto.OpContinuation {
		w.WriteString(" " + m.Opcode.String())
	}
	for _, p := range m.Parts {
		switch {
		case p.Kind == PartLiteral:
			w.literal([]byte(p.Text))
		case p.Plus > 0:
			fmt.Fprintf(w, " %s+%d", partNames[p.Kind], p.Plus)
		default: // a word cannot begin a line that goes on with another
			w.WriteString(" " + partNames[p.Kind])
		}
	}
}
