package dialect

import (
	"fmt"
	"strings"

	"github.com/wscheck/wscheck/internal/notation"
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
	fieldColon   = ": " // between the name and the value of a header field
)

// String returns the canonical text of the dialect, which [Parse] reads.
func (d *Dialect) String() string {
	var w notation.Writer
	w.WriteString(dialectHead)
	w.EndLine()
	w.WriteString(wordDialect)
	w.Literal([]byte(d.Name))
	w.EndLine()
	if d.About != "" {
		w.WriteString("about")
		w.Literal([]byte(d.About))
		w.EndLine()
	}
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		if s := d.Of(role); s != nil {
			fmt.Fprintf(&w, "as %s", role)
			w.EndLine()
			s.write(&w)
		}
	}
	return strings.TrimSuffix(w.Builder.String(), "\n")
}

func (s *Speech) write(w *notation.Writer) {
	line := func(word string, m *Message) {
		w.WriteString(word)
		m.write(w)
		w.EndLine()
	}
	text := func(words, value string) {
		w.WriteString(wordRequest + " " + words)
		w.Literal([]byte(value))
		w.EndLine()
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
		w.EndLine()
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
		w.EndLine()
	}
}

// write writes the type, if there is one, and the parts, each with a blank before
// it.
func (m *Message) write(w *notation.Writer) {
	if m.Opcode != wsproto.OpContinuation {
		w.WriteString(" " + m.Opcode.String())
	}
	for _, p := range m.Parts {
		switch {
		case p.Kind == Literal:
			w.Literal([]byte(p.Text))
		case p.Plus > 0:
			fmt.Fprintf(w, " %s+%d", partNames[p.Kind], p.Plus)
		default: // a word cannot begin a continued line
			w.WriteString(" " + partNames[p.Kind])
		}
	}
}
