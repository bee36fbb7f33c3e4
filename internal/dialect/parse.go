package dialect

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/notation"
	"github.com/wscheck/wscheck/wsproto"
)

// Bounds of a dialect.
const (
	maxDialect      = 1 << 16 // octets of its text
	maxDialectItems = 64      // lines of one kind, and parts of a message
	maxPlus         = 1 << 16
)

// reader reads the text form of a dialect.
type reader struct{ *notation.Scanner }

// Parse reads the text form of a dialect, as [Dialect.String] writes it. As
// in scripts, blanks, empty lines and comments count for nothing, and a line that
// begins with a literal continues the line before. An error is a
// [*notation.Error].
//
//	wscheck dialect 1
//	dialect "nats"
//	as client
//	stream
//	hear "INFO " any "\r\n"
//	say BINARY "CONNECT {\"verbose\":false}\r\n"
//	ask BINARY "PING\r\n"
//	answer "PONG\r\n"
//	filler BINARY "PUB wscheck " size "\r\n" octets "\r\n"
//	wrong "-ERR " any
//	close 1008
func Parse(text string) (*Dialect, error) {
	d := new(Dialect)
	if err := notation.Read(text, maxDialect, func(sc *notation.Scanner) { reader{sc}.dialect(d) }); err != nil {
		return nil, err
	}
	return d, nil
}

func (s reader) dialect(d *Dialect) {
	s.Expect(strings.Fields(dialectHead)...)
	s.EndLine()
	s.dialectName(d)
	for s.Is(wordAs) {
		at := s.At
		role := s.Role()
		if d.Of(role) != nil {
			panic(s.ErrorIn(at, "there are lines for the role %s already: leave one out", role))
		}
		speech := s.speech(at)
		if role == wsproto.Client {
			d.Client = speech
		} else {
			d.Server = speech
		}
	}
	switch {
	case s.Token.Kind != notation.End:
		panic(s.ErrorHere("%s: want \"as client\" or \"as server\"", s.Found()))
	case d.Client == nil && d.Server == nil:
		panic(s.ErrorHere("the dialect says nothing: want \"as client\", and how to speak with a server"))
	}
}

func (s reader) dialectName(d *Dialect) {
	s.Expect(wordDialect)
	at := s.At
	d.Name = string(s.Text("the name of the dialect"))
	if !wsproto.IsToken(d.Name) || len(d.Name) > 64 {
		panic(s.ErrorIn(at, "%q is not a name: want up to 64 letters, digits, dots and hyphens", notation.Clip(d.Name)))
	}
	if d.Name == Echo.Name || d.Name == None.Name {
		panic(s.ErrorIn(at, "%q is a dialect that needs no text: give this one another name", d.Name))
	}
	s.EndLine()
	if !s.Accept("about") {
		return
	}
	at = s.At
	if d.About = string(s.Text("a line about the dialect")); d.About == "" {
		panic(s.ErrorIn(at, "an empty text: leave the line out"))
	}
	s.EndLine()
}

// speech reads the lines of one role, which began at a place.
func (s reader) speech(began notation.Place) *Speech {
	out := new(Speech)
	for s.Token.Kind == notation.Word && !s.Is(wordAs) {
		s.speechLine(out)
		s.EndLine()
	}
	if len(out.Exchanges) == 0 {
		panic(s.ErrorIn(began, "there is no exchange: want a line \"ask\", and one \"answer\" after it"))
	}
	return out
}

func (s reader) speechLine(out *Speech) {
	at, word := s.At, s.Token.Text
	s.Advance()
	count := 0 // of the lines of this kind
	switch word {
	case wordRequest:
		s.speechHandshake(out)
	case wordStream:
		if out.Stream {
			panic(s.ErrorIn(at, "stream stands there twice: leave one out"))
		}
		out.Stream = true
	case wordClose:
		s.speechClose(out)
		count = len(out.Closes)
	case wordSay, wordHear:
		out.Ready = append(out.Ready, Remark{Heard: word == wordHear, Message: s.message(word == wordSay)})
		count = len(out.Ready)
	case wordFiller:
		m := s.message(true)
		if m.filling() < 0 {
			panic(s.ErrorIn(at, "a filler has one of octets, text, letters and blanks: add it"))
		}
		out.Fillers = append(out.Fillers, m)
		count = len(out.Fillers)
	case wordWrong:
		out.Wrong = append(out.Wrong, s.message(false))
		count = len(out.Wrong)
	case wordAsk:
		s.exchange(out)
		count = len(out.Exchanges)
	case wordAnswer:
		panic(s.ErrorIn(at, "an answer to nothing: it stands after the line \"ask\""))
	default:
		panic(s.ErrorIn(at, "%q: want handshake, stream, say, hear, ask, answer, filler, wrong, close or as", notation.Clip(word)))
	}
	if count > maxDialectItems {
		panic(s.ErrorIn(at, "more than %d lines of this kind: leave some out", maxDialectItems))
	}
}

// exchange reads what follows "ask", and the line of the answer.
func (s reader) exchange(out *Speech) {
	var x Exchange
	x.Ask = s.message(true)
	s.EndLine()
	s.Expect(wordAnswer)
	at := s.At
	x.Answer = s.message(false)
	for _, p := range x.Answer.Parts {
		if p.Kind != Literal && p.Kind != Any && !x.Ask.Has(p.Kind) {
			panic(s.ErrorIn(at, "the answer has %s, and what is asked has none: add it there", partNames[p.Kind]))
		}
	}
	out.Exchanges = append(out.Exchanges, x)
}

// speechHandshake reads what the opening handshake needs.
func (s reader) speechHandshake(out *Speech) {
	at, word := s.At, s.Token.Text
	switch word {
	case wordTarget, wordField, wordProtocol:
	default:
		panic(s.errorHandshake(at))
	}
	s.Advance()
	text := string(s.Text("the " + word))
	name, value, _ := strings.Cut(text, fieldColon)
	switch {
	case word == wordTarget && out.Target == "" && strings.HasPrefix(text, "/"):
		out.Target = text
	case word == wordField && wsproto.IsToken(name) && len(name) < len(text) && len(out.Fields) < maxDialectItems:
		out.Fields = append(out.Fields, wsproto.Field{Name: name, Value: value})
	case word == wordProtocol && wsproto.IsToken(text) && len(out.Subprotocols) < maxDialectItems:
		out.Subprotocols = append(out.Subprotocols, text)
	default:
		panic(s.errorHandshake(at))
	}
}

func (s reader) errorHandshake(at notation.Place) error {
	return s.ErrorIn(at, "the handshake of a dialect has a target that begins with /, fields such as \"Name: value\", and subprotocols: want one of them here")
}

// speechClose reads a code, or a range of them.
func (s reader) speechClose(out *Speech) {
	code := func() wsproto.CloseCode { return wsproto.CloseCode(s.Number("a close code", 4999)) }
	at := s.At
	first := code()
	last := first
	if s.Accept(wordTo) {
		last = code()
	}
	if first > last || first < 1000 {
		panic(s.ErrorIn(at, "%d to %d: want codes from 1000 to 4999, the lower one first", first, last))
	}
	out.Closes = append(out.Closes, [2]wsproto.CloseCode{first, last})
}

// message reads a type and parts. One of ours has a type.
func (s reader) message(ours bool) (m Message) {
	at := s.At
	if s.Is(wsproto.OpText.String()) || s.Is(wsproto.OpBinary.String()) {
		m.Opcode = s.Opcode()
	} else if ours {
		panic(s.ErrorHere("%s: want the type of the message, TEXT or BINARY", s.Found()))
	}
	for s.Token.Kind == notation.Word || s.Token.Kind == notation.Literal || s.Is("(") {
		if len(m.Parts) == maxDialectItems {
			panic(s.ErrorHere("more than %d parts: leave some out", maxDialectItems))
		}
		m.Parts = append(m.Parts, s.part())
	}
	s.checkParts(&m, at, ours)
	return m
}

func (s reader) checkParts(m *Message, at notation.Place, ours bool) {
	fillings, sized := 0, false
	for i, p := range m.Parts {
		switch {
		case ours && p.Kind == Any:
			panic(s.ErrorIn(at, "a message of ours cannot have any octets: write octets, text, letters or blanks"))
		case !ours && i > 0 && p.Kind == Any && m.Parts[i-1].Kind == Any:
			panic(s.ErrorIn(at, "any stands there twice in a row: leave one out"))
		case p.Kind.fills():
			fillings++
		case p.Kind.sizes() && fillings > 0 && ours:
			panic(s.ErrorIn(at, "%s stands before what it is the size of", partNames[p.Kind]))
		}
		sized = sized || p.Kind.sizes()
	}
	switch {
	case len(m.Parts) == 0:
		panic(s.ErrorIn(at, "no message: want text between quotes, or a word such as counter or any"))
	case fillings > 1 && ours:
		panic(s.ErrorIn(at, "two fillings: how long each is cannot be known: leave one out"))
	case sized && fillings == 0 && ours:
		panic(s.ErrorIn(at, "a size of nothing: add octets, text, letters or blanks"))
	}
}

// part reads one part of a message.
func (s reader) part() Part {
	if s.Token.Kind != notation.Word {
		octets := s.Literals()
		if len(octets) == 0 {
			panic(s.ErrorHere("an empty text is not a part of a message: leave it out"))
		}
		return Part{Text: string(octets)}
	}
	name, plus, has := strings.Cut(s.Token.Text, "+")
	kind := Kind(max(0, slices.Index(partNames[:], name)))
	n, err := strconv.Atoi(plus)
	if kind == Literal || has && (err != nil || !kind.sizes() || n < 1 || n > maxPlus || strconv.Itoa(n) != plus) {
		panic(s.ErrorHere("%s: want text between quotes, or one of counter, nonce, any, octets, text, letters, blanks, size and varint, the last two with a number to add, as in size+2", s.Found()))
	}
	s.Advance()
	return Part{Kind: kind, Plus: n}
}
